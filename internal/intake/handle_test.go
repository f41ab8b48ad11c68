package intake_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"infolettre/internal/intake"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// answerable are the purposes of handles that can be answered.
var answerable = []token.Purpose{token.Decision, token.Queue, token.Plan, token.Outcome, token.Proof, token.Challenge, token.Receipt}

// busy is a machine in the middle of its work: an issue in proof with an approved item, an
// item that waits for a second approval, a deferred one, and an editor who is away.
func busy(t testing.TB, under string) *machine {
	t.Helper()
	dir, err := os.MkdirTemp(under, "busy-")
	if err != nil {
		t.Fatal(err)
	}
	copyEmptyStore(t, dir)
	m := newMachine(t, dir, "Europe/Paris")
	news := func(n int) {
		m.mail(nadia, mailbox, fmt.Sprintf("Subject: Une nouvelle %d\r\n", n), fmt.Sprintf("La Cité des métiers a %d nouvelles, et les dit ici.\n\nUn forum aura lieu le 22 mars 2018 à Rouen.\n", n), true)
	}
	answers := func(of item.ID, text string, times int) {
		m.forget()
		for _, q := range m.asked(token.Decision) {
			if times > 0 && q.Used.IsZero() && q.Subjects[0].Item == of {
				m.mail(q.Person, m.address(q), "Subject: Re: \r\n", text, true)
				times--
			}
		}
	}
	for n := range 4 {
		news(n + 2)
	}
	answers(1, "Oui\n", 2)
	answers(2, "Oui\n", 2)
	answers(3, "Reporter\n", 1)
	answers(4, "Oui\n", 1)
	for _, is := range m.issues() {
		if is.State == issue.Open {
			m.pass(is.Proofs.Sub(m.clock.Now()))
			break
		}
	}
	news(8)
	news(9)
	answers(5, "Oui\n", 1)
	answers(6, "Reporter\n", 1)
	for _, q := range m.asked(token.Decision) {
		if q.Person == machineEditors[2].Address && q.Subjects[0].Item == 5 {
			m.mail(q.Person, m.address(q), "Subject: Re: \r\n", "DÉLÉGUER à Paul Lenoir jusqu'au "+m.clock.Now().AddDate(0, 0, 9).Format("02/01/2006")+"\n", true)
			break
		}
	}
	for _, q := range m.asked(token.Decision) {
		if q.Person == machineEditors[1].Address && q.Subjects[0].Item == 5 {
			m.mail(q.Person, m.address(q), "Subject: Re: \r\n", "Oui\n", false) // to be confirmed by one more reply
		}
	}
	if len(m.asked(token.Challenge)) == 0 || len(m.asked(token.Outcome)) == 0 || len(m.asked(token.Proof)) == 0 {
		t.Fatal("not all is asked that may be")
	}
	// What the fuzzing looks at is there.
	said := m.dump()
	for _, want := range []string{"item 1 approved", "item 6 deferred", "item 5 pending", string(issue.InProof) + " true", "away " + string(machineEditors[2].Address) + " " + deputy} {
		if !strings.Contains(said, want) {
			t.Fatalf("%q is missing in\n%s", want, said)
		}
	}
	return m
}

// issued lists all issued handles, in both forms.
func (m *machine) issued() []string {
	var all []string
	for _, q := range m.asked(answerable...) {
		h := q.Handle(m.service.Secret)
		all = append(all, h.String(), strings.ToLower(h.Subject()))
	}
	return all
}

// holds says whether a mail contains an issued handle, raw or decoded.
func holds(raw []byte, issued []string) bool {
	text := string(raw)
	if m, err := message.Read(raw); err == nil {
		text += " " + m.Subject + " " + strings.Join(m.InReplyTo, " ") + " " + strings.Join(m.References, " ")
		for _, r := range m.Recipients {
			text += " " + string(r)
		}
	}
	text = strings.ToLower(text)
	for _, h := range issued {
		if strings.Contains(text, h) {
			return true
		}
	}
	return false
}

// guesses lists handles that resemble issued ones and were never issued.
func (m *machine) guesses() []string {
	all := []string{"i1-" + strings.Repeat("a", 26), "p1-" + strings.Repeat("7", 26), "i1-", "j0-a", "i999999999999-" + strings.Repeat("a", 26)}
	other := token.Secret("another key for the tests, which is none either")
	seen := map[token.Purpose]bool{}
	m.forget()
	for _, q := range m.asked(answerable...) {
		if seen[q.Purpose] || !q.Used.IsZero() {
			continue
		}
		seen[q.Purpose] = true
		own := q.Handle(m.service.Secret).String()
		last := "a"
		if strings.HasSuffix(own, "a") {
			last = "b"
		}
		q2 := q
		q2.Person = machineEditors[0].Address
		if q.Person == q2.Person {
			q2.Person = machineEditors[1].Address
		}
		q3 := q
		q3.ID++
		all = append(all, own[:len(own)-1]+last, own[:len(own)-1], own+"a",
			q.Handle(other).String(), q2.Handle(m.service.Secret).String(), q3.Handle(m.service.Secret).String(),
			m.service.Secret.Handle(q.Purpose, int64(q.ID), string(q.Person)).String())
		for _, p := range answerable {
			if p != q.Purpose {
				q4 := q
				q4.Purpose = p
				all = append(all, q4.Handle(m.service.Secret).String(), string(rune(p))+own[1:])
			}
		}
	}
	return all
}

var machineOrders = []string{"OUI", "Bon à tirer", "ANNULER", "Non : doublon", "Reporter", "RETIRER", "TITRE : Un autre titre", "CORRIGER\nUn texte tout neuf, que personne n'avait lu.", "DÉLÉGUER à Paul Lenoir jusqu'au 20 mars 2018", "5 oui\n4 oui", "tout oui", "ATTENDRE", "ORDRE : 2, 1"}

// FuzzHandle_WithoutIssuedHandleNothingChanges receives mails without an issued handle, from
// anybody and with any text: they cause no decision, signature, delegation, revision of an
// existing item or change of an issue's state.
func FuzzHandle_WithoutIssuedHandleNothingChanges(f *testing.F) {
	if testing.Short() {
		f.Skip("long")
	}
	people := []message.Address{machineEditors[0].Address, machineEditors[1].Address, machineEditors[2].Address, deputy, nadia, "inconnu@ailleurs.example"}
	under := memoryFolder(f)
	seeds := busy(f, under)
	n := 0
	for _, g := range seeds.guesses() {
		for _, place := range []func(string) (tag, subject, answers string){
			func(h string) (string, string, string) { return h, "Re: ", "" },
			func(h string) (string, string, string) {
				head, code, _ := strings.Cut(h, "-")
				return "", "Re: [IL-" + head + "-" + code[:min(8, len(code))] + "]", ""
			},
			func(h string) (string, string, string) { return "", "Re: ", "<" + h + "@cites.example>" },
		} {
			tag, subject, answers := place(g)
			f.Add([]byte(nil), uint8(n), tag, subject, answers, answers, machineOrders[n%len(machineOrders)])
			n++
		}
	}
	for _, raw := range []string{
		"From: elise@reseau.example\r\nTo: info@cites.example\r\nSubject: Re: n\r\n\r\nOUI\r\n",
		"From: elise@reseau.example\nTo: info+i1-aaaaaaaaaaaaaaaaaaaaaaaaaa@cites.example\nSubject: =?utf-8?q?=5BIL-i1-aaaaaaaa=5D?=\n\nBon a tirer\n",
		"Authentication-Results: mx.example; dmarc=pass header.from=reseau.example\r\nFrom: Marco <marco@reseau.example>, elise@reseau.example\r\nDelivered-To: info+p2-bbbbbbbbbbbbbbbbbbbbbbbbbb@cites.example\r\n\r\nBAT",
		"", "\r\n", "From:", "\xff\x00",
	} {
		f.Add([]byte(raw), uint8(0), "", "", "", "", "OUI")
	}
	seeds.store.Close()

	var m *machine
	runs := 0
	f.Cleanup(func() {
		if m != nil {
			m.store.Close()
		}
	})
	f.Fuzz(func(t *testing.T, raw []byte, who uint8, tag, subject, answers, references, body string) {
		// A young store: what was asked in it has not expired.
		if m == nil || runs%100 == 0 {
			if m != nil {
				m.store.Close()
			}
			m = busy(t, under)
		}
		runs++
		m.t = t
		m.clock.Set(m.clock.Now().Add(time.Minute))
		items := m.items()
		last := items[len(items)-1].ID
		before := m.decided(last)
		issued := m.issued()
		oneLine := strings.NewReplacer("\r", " ", "\n", " ").Replace
		to := mailbox
		if tag != "" {
			to = strings.Replace(mailbox, "@", "+"+oneLine(tag)+"@", 1)
		}
		from := people[int(who)%len(people)]
		written := fmt.Appendf(nil, "Authentication-Results: mx.example; dmarc=pass header.from=%s\r\nFrom: %s\r\nTo: %s\r\nSubject: %s\r\nIn-Reply-To: %s\r\nReferences: %s\r\nMessage-ID: <fuzz-%d@client.example>\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n",
			from.Domain(), from, to, oneLine(subject), oneLine(answers), oneLine(references), runs, m.clock.Now().Format(time.RFC1123Z), body)
		for _, mail := range [][]byte{raw, written} {
			if len(mail) == 0 || holds(mail, issued) {
				continue
			}
			m.uid++
			m.bring(mail)
			if after := m.decided(last); after != before {
				t.Fatalf("a mail without a handle changed\n%s\ninto\n%s\n%q", before, after, mail)
			}
		}
	})
}

// receive reads and handles a mail, as the mailbox does.
func receive(in *intake.Intake, uid uint32, raw []byte) (intake.Folder, error) {
	m, err := intake.Read(raw, nil)
	if err != nil {
		return "", err
	}
	return in.Handle(context.Background(), 1, uid, m)
}
