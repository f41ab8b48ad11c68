package debian

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"
)

// python is Debian's interpreter; another one in the PATH does not find Debian's packages.
const python = "/usr/bin/python3"

// verifyScript verifies each signature of each mail, with the given records instead of the
// DNS.
const verifyScript = `
import base64, json, sys
import dkim
given = json.load(sys.stdin)
def lookup(name, timeout=5):
    return given["records"].get(name.decode().rstrip("."), "").encode()
verdicts = []
for mail in given["mails"]:
    raw = base64.b64decode(mail)
    verdict = []
    for i in range(raw.lower().split(b"\r\n\r\n")[0].count(b"dkim-signature:")):
        try:
            verdict.append(bool(dkim.DKIM(raw).verify(idx=i, dnsfunc=lookup)))
        except dkim.DKIMException:
            verdict.append(False)
    verdicts.append(verdict)
json.dump(verdicts, sys.stdout)
`

// VerifyDKIM verifies the DKIM signatures of mails with dkimpy (Debian's python3-dkim and
// python3-nacl), and returns the result for each signature. records are the TXT records of
// the keys, by name.
func VerifyDKIM(t testing.TB, records map[string]string, mails [][]byte) (verdicts [][]bool) {
	t.Helper()
	if testing.Short() {
		t.Skip("dkimpy: not under -short")
	}
	if err := exec.CommandContext(t.Context(), python, "-c", "import dkim, nacl").Run(); err != nil {
		skipOrFail(t, "dkimpy", "it is not installed")
	}
	given, err := json.Marshal(map[string]any{"records": records, "mails": mails})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", verifyScript)
	cmd.Stdin = bytes.NewReader(given)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &verdicts)
	}
	if err != nil || len(verdicts) != len(mails) {
		t.Fatalf("dkimpy: %d verdicts on %d mails, %v\n%s", len(verdicts), len(mails), err, &complaint)
	}
	return verdicts
}
