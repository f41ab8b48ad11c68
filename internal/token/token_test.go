package token

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func secret(t testing.TB, fill byte) Secret {
	t.Helper()
	s, err := NewSecret([]byte(strings.Repeat(string(rune(fill)), 32)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVerify_AnyOtherPartIsRefused(t *testing.T) {
	s := secret(t, 'a')
	h := s.Handle(Decision, 42, "elise@reseau.example", "hash1", "hash2")
	if !s.Verify(h, "Elise@Reseau.example", "hash1", "hash2") {
		t.Fatal("a handle must verify for its own person, in any case")
	}
	parsed, err := Parse(strings.ToUpper(h.String()))
	if err != nil || !s.Verify(parsed, "elise@reseau.example", "hash1", "hash2") {
		t.Fatalf("an upper-cased handle must still verify: %v", err)
	}
	other := parsed
	other.Number = 43
	proof := parsed
	proof.Purpose = Proof
	for name, ok := range map[string]bool{
		"another person":   s.Verify(h, "marc@reseau.example", "hash1", "hash2"),
		"another revision": s.Verify(h, "elise@reseau.example", "hash1", "hash3"),
		"fewer revisions":  s.Verify(h, "elise@reseau.example", "hash1"),
		"joined revisions": s.Verify(h, "elise@reseau.example", "hash1hash2"),
		"another number":   s.Verify(other, "elise@reseau.example", "hash1", "hash2"),
		"another purpose":  s.Verify(proof, "elise@reseau.example", "hash1", "hash2"),
		"another secret":   secret(t, 'b').Verify(h, "elise@reseau.example", "hash1", "hash2"),
	} {
		if ok {
			t.Errorf("the handle verified for %s", name)
		}
	}
}

func TestFromSubject_ShortFormIsReadOnlyThere(t *testing.T) {
	s := secret(t, 'a')
	h := s.Handle(Proof, 7, "elise@reseau.example", "x")
	short, ok := FromSubject("Re: Bon à tirer " + h.Subject())
	if !ok || !short.Short() || !s.Verify(short, "elise@reseau.example", "x") {
		t.Fatalf("subject form not read back: %v %v", short, ok)
	}
	if _, err := Parse(short.String()); err == nil {
		t.Error("the abbreviated form must not pass where the whole one is asked for")
	}
	if _, ok := FromSubject(h.Subject() + h.Subject()); ok {
		t.Error("two handles in one subject are none")
	}
}

func TestString_FitsAnAddress(t *testing.T) {
	h := secret(t, 'a').Handle(Bounce, 999_999_999_999, "x", "y")
	if n := len(h.String()); n > MaxLen {
		t.Errorf("handle of %d characters, at most %d", n, MaxLen)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("i42-abcdefghijklmnopqrstuvwxyz")
	f.Add("i042-abc")
	s := secret(f, 'a')
	f.Fuzz(func(t *testing.T, in string) {
		h, err := Parse(in)
		if err != nil {
			return
		}
		if h.String() != strings.ToLower(in) {
			t.Fatalf("%q came back as %q", in, h)
		}
		if s.Verify(h, "nobody@example.org", "never issued") {
			t.Fatalf("%q verified without having been issued", in)
		}
	})
}

func TestParse_ReadsWhatStringWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Secret(rapid.SliceOfN(rapid.Byte(), 32, 64).Draw(t, "secret"))
		h := s.Handle(Decision, rapid.Int64Range(1, 999_999_999_999).Draw(t, "number"), rapid.String().Draw(t, "person"))
		got, err := Parse(h.String())
		if err != nil || got != h {
			t.Fatalf("%v, %v", got, err)
		}
	})
}
