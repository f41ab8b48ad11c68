package editorial

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

func TestReadReply_Samples(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text   string
		verb   Verb
		reason string
	}{
		{"OUI", Approve, ""},
		{"Oui.", Approve, ""},
		{"  oui !\n\nMerci pour ce beau texte,\nÉlise", Approve, ""},
		{"Bonjour,\n\nD’accord\n", Approve, ""},
		{"OK 👍", Approve, ""},
		{"Validé", Approve, ""},
		{"YES\n\nthanks", Approve, ""},
		{"NON : déjà publié en décembre", Reject, "déjà publié en décembre"},
		{"Non : doublon", Reject, "doublon"},
		{"Refusé, hors sujet", Reject, "hors sujet"},
		{"no: not for us\nMarco", Reject, "not for us\nMarco"},
		{"NON\nLe lien ne marche pas.", Reject, "Le lien ne marche pas."},
		{"Reporter", Defer, ""},
		{"au prochain numéro", Defer, ""},
		{"DEFER", Defer, ""},
		{"RETIRER", Withdraw, ""},
		{"Withdraw, please", None, ""},
		{"Bon à tirer", Sign, ""},
		{"BON À TIRER !", Sign, ""},
		{"SIGN OFF", Sign, ""},

		{"", None, ""},
		{"Bonjour,", None, ""},
		{"NON", None, ""},
		{"OK ?", None, ""},
		{"OK mais changez le titre", None, ""},
		{"OK, mais changez le titre", None, ""},
		{"pas OK", None, ""},
		{"oui et non", None, ""},
		{"OK.\n\nPS : ne pas publier avant mardi", None, ""},
		{"OK\nsi la date est la bonne", None, ""},
		{"Merci, bien reçu.\nOUI", None, ""},
		{"Je suis absente jusqu'au 3 mars.", None, ""},
		{"ОК", None, ""},        // Cyrillic
		{"\u202eOUI", None, ""}, // right-to-left override
		{"O\u200bUI", None, ""}, // zero-width space
		{"Bonjour, ne pas publier\nOK", None, ""},
		{"Hello, not yet!\nYes", None, ""},
		{"Salut, pas encore prêt\nOUI", None, ""},
		{"Bonjour, non\nOUI", None, ""},
		{"Bonjour à tous,\nOUI", Approve, ""},
		{"Chère Élise,\n\nValidé.", Approve, ""},
		{"Non, c'est parfait", None, ""},
		{"No, it's fine by me", None, ""},
		{"Non, je valide", None, ""},
		{"Non – doublon", Reject, "doublon"},
		{"OUI\nÀ reporter au prochain numéro", None, ""},
		{"OK\nRejected", None, ""},
		{"Oui\nEn fait, refusé.", None, ""},
		{"OUI\nne publiez rien", None, ""},
		{"OUI\nplus tard", None, ""},
		{"Bonjour, plus tard\nOK", None, ""},
		{"Salut, trop tôt !\nOK", None, ""},
		{"BON À TIRER\nRefusé", None, ""},
		{"BAT\nerreur page 2", None, ""},
		{"OUI\n\nOk pour moi, très beau texte.\nÉlise", Approve, ""},
		{"OK 👎", None, ""},
		{"OUI\nsans la photo", None, ""},
		{"Yes\nremove the photo", None, ""},
		{"Oui nous en parlons", None, ""},
	}
	for _, c := range cases {
		if r := ReadReply(ReplyText{Text: c.text}); r.Verb != c.verb || r.Reason != c.reason {
			t.Errorf("%q read as %s (%q, %s), want %s (%q)", c.text, r.Verb, r.Reason, r.Why, c.verb, c.reason)
		} else if r.Verb == None && r.Why == "" {
			t.Errorf("%q decides nothing without a reason given", c.text)
		}
	}
}

func TestDecide_QuorumCountsDifferentEditorsOfOneRevision(t *testing.T) {
	t.Parallel()
	rules := Rules{Quorum: 2}
	it := item.Item{State: item.Pending, Current: item.Revision{Number: 2, Hash: "b"}}
	by := func(editor, hash string, revision int) Decision {
		return Decision{Editor: message.Address(editor), Hash: hash, Revision: revision, Verb: Approve}
	}
	earlier := []Decision{by("a@x.example", "a", 1)}
	if s, err := Decide(it, earlier, by("b@x.example", "b", 2), rules); err != nil || s.State != item.Pending {
		t.Errorf("an approval of an older revision was counted: %+v, %v", s, err)
	}
	earlier = append(earlier, by("b@x.example", "b", 2))
	if _, err := Decide(it, earlier, by("B@X.example", "b", 2), rules); !errors.Is(err, ErrRepeated) {
		t.Errorf("one editor twice: %v", err)
	}
	if s, err := Decide(it, earlier, by("c@x.example", "b", 2), rules); err != nil || s.State != item.Approved {
		t.Errorf("two editors: %+v, %v", s, err)
	}
	if _, err := Decide(it, earlier, by("c@x.example", "a", 1), rules); !errors.Is(err, ErrStale) {
		t.Errorf("a stale decision: %v", err)
	}
	it.State, it.Approved = item.Approved, 2
	if _, err := Decide(it, earlier, by("c@x.example", "b", 2), rules); !errors.Is(err, ErrSettled) {
		t.Errorf("a second decision: %v", err)
	}
}

func TestDecide_OwnItemIsRefused(t *testing.T) {
	t.Parallel()
	it := item.Item{State: item.Pending, Sender: message.Mailbox{Address: "elise@reseau.example"}, Current: item.Revision{Number: 1, Hash: "a"}}
	d := Decision{Editor: "Elise@reseau.example", Hash: "a", Revision: 1, Verb: Approve}
	if _, err := Decide(it, nil, d, Rules{Quorum: 1}); !errors.Is(err, ErrOwnItem) {
		t.Errorf("own item: %v", err)
	}
	if s, err := Decide(it, nil, d, Rules{Quorum: 1, SelfApproval: true}); err != nil || s.State != item.Approved {
		t.Errorf("own item, allowed: %+v, %v", s, err)
	}
}

// In any order of decisions and corrections, a revision is approved only with its
// quorum, stays approved until a newer one is, and only a correction leaves a final
// state.
func TestDecide_NeverApprovesBelowQuorum(t *testing.T) {
	t.Parallel()
	editors := []message.Address{"a@x.example", "b@x.example", "c@x.example"}
	rapid.Check(t, func(t *rapid.T) {
		rules := Rules{Quorum: rapid.IntRange(1, 3).Draw(t, "quorum")}
		it := item.Item{State: rapid.SampledFrom([]item.State{item.Held, item.Pending}).Draw(t, "start"), Current: item.Revision{Number: 1, Hash: "h1"}}
		var log []Decision
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			before := it
			if rapid.IntRange(0, 4).Draw(t, "corrects") == 0 {
				if to, may := AfterCorrection(it); may {
					n := it.Current.Number + 1
					it.State, it.Current = to, item.Revision{Number: n, Hash: rapid.SampledFrom([]string{"h1", "h2", "h3"}).Draw(t, "hash")}
				}
				if it.Approved != before.Approved || before.State == item.Withdrawn && it.State != item.Withdrawn {
					t.Fatalf("a correction made %+v of %+v", it, before)
				}
				continue
			}
			d := Decision{
				Editor: rapid.SampledFrom(editors).Draw(t, "editor"), Hash: it.Current.Hash, Revision: it.Current.Number,
				Verb: rapid.SampledFrom([]Verb{Approve, Approve, Reject, Defer, Withdraw}).Draw(t, "verb"), At: time.Unix(int64(len(log)), 0),
			}
			if rapid.Bool().Draw(t, "stale") {
				d.Revision--
			}
			standing, err := Decide(it, log, d, rules)
			if err != nil {
				if standing != (Status{before.State, before.Approved}) {
					t.Fatalf("refused (%v), and yet moved from %s to %+v", err, before.State, standing)
				}
				continue
			}
			if !IsOpen(before.State) && !HasOpenCorrection(before, log) {
				t.Fatalf("a decision moved an item that was %s", before.State)
			}
			if before.State == item.Approved && standing.Approved != before.Approved && d.Verb != Approve {
				t.Fatalf("“%s” on a correction took the approved revision away", d.Verb)
			}
			log = append(log, d)
			it.State, it.Approved = standing.State, standing.Approved
			if (it.State == item.Approved) != (it.Approved > 0) {
				t.Fatalf("%s with revision %d approved", it.State, it.Approved)
			}
			if it.Approved != before.Approved && it.Approved > 0 {
				said := map[message.Address]bool{}
				for _, e := range log {
					if e.Verb == Approve && e.Revision == it.Approved {
						said[e.Editor] = true
					}
				}
				if len(said) < rules.Quorum {
					t.Fatalf("approved by %d of %d", len(said), rules.Quorum)
				}
			}
		}
	})
}

// A rejected correction leaves the approved revision, and is decided once.
func TestDecide_CorrectionOfApprovedItem(t *testing.T) {
	t.Parallel()
	it := item.Item{State: item.Approved, Approved: 1, Current: item.Revision{Number: 2, Hash: "b"}}
	first := Decision{Revision: 1, Hash: "a", Editor: "a@x.example", Verb: Approve}
	no := Decision{Revision: 2, Hash: "b", Editor: "a@x.example", Verb: Reject, Reason: "x"}
	s, err := Decide(it, []Decision{first}, no, Rules{Quorum: 1})
	if err != nil || s != (Status{item.Approved, 1}) {
		t.Errorf("refused: %+v, %v", s, err)
	}
	yes := no
	yes.Verb, yes.Editor = Approve, "b@x.example"
	if s, err := Decide(it, []Decision{first}, yes, Rules{Quorum: 1}); err != nil || s != (Status{item.Approved, 2}) {
		t.Errorf("approved: %+v, %v", s, err)
	}
	if _, err := Decide(it, []Decision{first, no}, yes, Rules{Quorum: 1}); !errors.Is(err, ErrSettled) {
		t.Errorf("approved after it was refused: %v", err)
	}
	old := Decision{Revision: 1, Hash: "a", Editor: "b@x.example", Verb: Approve}
	if _, err := Decide(it, []Decision{first}, old, Rules{Quorum: 1}); !errors.Is(err, ErrStale) {
		t.Errorf("the revision before approved once more: %v", err)
	}
}

func TestCountSignature_Quorum(t *testing.T) {
	t.Parallel()
	p := Proof{ID: 3, Hash: "h"}
	sign := func(editor, hash string) Signature {
		return Signature{Proof: 3, Editor: message.Address(editor), Hash: hash}
	}
	rules := Rules{ProofQuorum: 2}
	if done, err := CountSignature(p, nil, sign("a@x.example", "h"), rules); done || err != nil {
		t.Errorf("one of two: %v, %v", done, err)
	}
	first := []Signature{sign("a@x.example", "h")}
	if done, err := CountSignature(p, first, sign("A@x.example", "h"), rules); done || !errors.Is(err, ErrSigned) {
		t.Errorf("the same editor twice: %v, %v", done, err)
	}
	if done, err := CountSignature(p, first, sign("b@x.example", "h"), rules); !done || err != nil {
		t.Errorf("two of two: %v, %v", done, err)
	}
	if _, err := CountSignature(p, first, sign("b@x.example", "changed"), rules); !errors.Is(err, ErrVoid) {
		t.Errorf("another content: %v", err)
	}
	p.Voided = time.Now()
	if _, err := CountSignature(p, first, sign("b@x.example", "h"), rules); !errors.Is(err, ErrVoid) {
		t.Errorf("a voided proof: %v", err)
	}
}

func TestHandle_BindsPersonAndRevisions(t *testing.T) {
	t.Parallel()
	secret := token.Secret("0123456789abcdef0123456789abcdef")
	r := Request{ID: 9, Purpose: token.Decision, Person: "elise@reseau.example", Subjects: []Subject{{Item: 42, Revision: 1, Hash: "h"}}}
	h := r.Handle(secret)
	changed := r
	changed.Subjects = []Subject{{Item: 42, Revision: 2, Hash: "h2"}}
	if secret.Verify(h, string(r.Person), changed.Bound()...) {
		t.Error("the handle of one revision verifies for another")
	}
}
