package relay_test

import (
	"net"
	"strings"
	"testing"

	"infolettre/internal/localmail"
	"infolettre/internal/message"
	"infolettre/internal/relay"

	"github.com/emersion/go-smtp"
)

// check tries one return path, and returns its refusal as an error.
func check(t *testing.T, o relay.Options, from string) error {
	t.Helper()
	found, err := relay.Check(t.Context(), o, "lecteur@lille.example", from)
	if err == nil && found.Refused[from] != nil {
		return found.Refused[from]
	}
	return err
}

func TestCheck_ErrorNamesTheStage(t *testing.T) {
	t.Parallel()
	s := serve(t, localmail.Options{})
	good := options(t, "smtp", s.SMTPAddr())
	if err := check(t, good, sender); err != nil {
		t.Errorf("good: %v", err)
	}
	wrong := good
	wrong.Password = func() (string, error) { return "wrong", nil }
	if e := asError(t, check(t, wrong, sender)); e.Stage != relay.StageAuth || e.Code != 535 || !e.Connection || e.Temporary {
		t.Errorf("wrong password: %+v", e)
	}
	without := good
	without.Password = nil
	if err := check(t, without, sender); err != nil {
		t.Errorf("without a password: %v", err)
	}

	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	if e := asError(t, check(t, options(t, "smtp", closed.Addr().String()), sender)); e.Stage != relay.StageDial || !e.Temporary {
		t.Errorf("unreachable: %+v", e)
	}
	if e := asError(t, check(t, good, "a@b.example> SIZE=1")); e.Stage != relay.StageMessage {
		t.Errorf("no address: %+v", e)
	}
	if len(s.Mails()) != 0 {
		t.Error("a check has sent mail")
	}
}

// A relay may refuse the sender at MAIL or at RCPT, permanently or temporarily. Each return
// path has its own result, and its transaction is reset.
func TestCheck_TriesEachReturnPath(t *testing.T) {
	t.Parallel()
	const keyed = "lettre+abc@citedesmetiers.example"
	refusal := func(code int) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 7, 1}, Message: "Not yours"}
	}
	s := serve(t, localmail.Options{
		OnMail: func(from string) error {
			if from == "" {
				return refusal(450)
			}
			return nil
		},
		OnRcpt: func(from, to string) error {
			if to != "admin@cites.example" {
				t.Errorf("RCPT for %s", to)
			}
			if strings.Contains(from, "+") {
				return refusal(553)
			}
			return nil
		},
	})
	found, err := relay.Check(t.Context(), options(t, "smtp", s.SMTPAddr()), "admin@cites.example", sender, keyed, "")
	if err != nil {
		t.Fatal(err)
	}
	if e := found.Refused[keyed]; e == nil || e.Stage != relay.StageRcpt || e.Code != 553 || e.Temporary {
		t.Errorf("keyed: %+v", e)
	}
	if e := found.Refused[""]; e == nil || e.Stage != relay.StageMail || !e.Temporary {
		t.Errorf("null: %+v", e)
	}
	if len(found.Refused) != 2 || !found.Offers.Pipelining || !found.Offers.SMTPUTF8 || found.Offers.MaxSize != 64<<20 {
		t.Errorf("found %+v", found)
	}
	if !strings.HasPrefix(found.Conn, s.SMTPAddr()+" from 127.0.0.1:") || !strings.HasSuffix(found.Conn, ", not encrypted") {
		t.Errorf("the connection is %q", found.Conn)
	}
}

func TestCheck_SendsNoMail(t *testing.T) {
	t.Parallel()
	for _, offers := range []string{plainOffers, pipelinedOffers} {
		addr, received := scriptedServer(t, map[string]string{"EHLO": offers})
		if _, err := relay.Check(t.Context(), unauthenticated(t, addr), message.Address(sender), sender, ""); err != nil {
			t.Fatal(err)
		}
		if got := verbs(received()); got != "EHLO MAIL RCPT RSET MAIL RCPT RSET QUIT" {
			t.Errorf("the relay received %q", got)
		}
	}
}
