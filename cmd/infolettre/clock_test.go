package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// order does what the operator says at the command line, at the hour on stage.
func (p *play) order(id item.ID, verb editorial.Verb) {
	p.t.Helper()
	err := p.daemon.store.Write(p.ctx, func(v newsroom.View) (newsroom.Effects, error) {
		fx, _, err := p.daemon.service.Override(v, id, verb, "", p.Clock.Now())
		return fx, err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.daemon.jobs.Wake()
	p.settle()
}

// issue is the issue of that number.
func (p *play) issue(id issue.ID) (is issue.Issue) {
	p.t.Helper()
	err := p.daemon.store.Read(p.ctx, func(v newsroom.View) (err error) {
		is, err = v.Issue(id)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return is
}

// when lists the instants at which a person got mails of a kind, in Paris.
func (p *play) when(person string, kind delivery.Kind) (at []string) {
	for _, d := range p.Mail.Mails() {
		if d.To.Equal(message.Address(person)) && strings.Contains(string(d.Raw), delivery.KindField+": "+string(kind)+"\r\n") {
			at = append(at, d.At.In(p.daemon.cfg.Location).Format(time.RFC3339))
		}
	}
	return at
}

// Eight in the morning is eight in the morning, before and after each change of
// the hour.
func TestReminders_KeepTheirHourAcrossDaylightSaving(t *testing.T) {
	cases := []struct {
		start, text, until string
		want               []string
	}{
		{"2018-03-10T10:00:00+01:00", "La Cité organise un forum le 26 mars 2018 à Rouen.\n\nElle organise un salon le 1er avril 2018 à Dieppe.\n", "2018-04-02T12:00:00+02:00",
			[]string{"2018-03-19T08:00:00+01:00", "2018-03-25T08:00:00+02:00", "2018-03-25T08:00:00+02:00", "2018-03-31T08:00:00+02:00"}},
		{"2018-10-12T10:00:00+02:00", "La Cité organise un forum le 29 octobre 2018 à Rouen.\n\nElle organise un salon le 4 novembre 2018 à Dieppe.\n", "2018-11-05T12:00:00+01:00",
			[]string{"2018-10-22T08:00:00+02:00", "2018-10-28T08:00:00+01:00", "2018-10-28T08:00:00+01:00", "2018-11-03T08:00:00+01:00"}},
	}
	for _, c := range cases {
		t.Run(c.start[:10], func(t *testing.T) {
			p := newPlay(t, c.start, nil)
			contributor(p)
			p.write(nadia, "Deux rendez-vous", c.text)
			p.order(1, editorial.Approve)
			p.until(c.until)
			if got := p.when(nadia, delivery.KindReminder); !slices.Equal(got, c.want) {
				t.Errorf("reminded at %q, want %q", got, c.want)
			}
		})
	}
}

// An event approved late is announced once; withdrawn, it is not announced any
// more.
func TestReminders_LateOnceWithdrawnNever(t *testing.T) {
	p := newPlay(t, "2018-03-10T10:00:00+01:00", nil)
	contributor(p)
	p.write(nadia, "Un forum", "La Cité organise un forum le 14 mars 2018 à Rouen.\n")
	p.write(nadia, "Un salon", "La Cité organise un salon le 20 mars 2018 à Dieppe.\n")
	p.order(1, editorial.Approve)
	p.order(2, editorial.Approve)
	if got, want := p.when(nadia, delivery.KindReminder), []string{"2018-03-10T10:00:00+01:00"}; !slices.Equal(got, want) {
		t.Errorf("of an event in four days reminded at %q, want %q", got, want)
	}
	p.until("2018-03-13T12:00:00+01:00")
	p.order(2, editorial.Withdraw)
	p.until("2018-03-22T12:00:00+01:00")
	want := []string{"2018-03-10T10:00:00+01:00", "2018-03-13T08:00:00+01:00", "2018-03-13T08:00:00+01:00"}
	if got := p.when(nadia, delivery.KindReminder); !slices.Equal(got, want) {
		t.Errorf("reminded at %q, want %q", got, want)
	}
}

// toProof brings two items to the proof of 12 February.
func toProof(p *play) *message.Message {
	p.t.Helper()
	contributor(p)
	p.offer("Un forum")
	p.offer("Une bourse")
	p.order(1, editorial.Approve)
	p.order(2, editorial.Approve)
	p.until("2018-02-12T09:30:00+01:00")
	return p.last(solene, delivery.KindProof)
}

// A signature is under what was read. After the operator takes an item out, it is
// void, and a new proof is to be signed.
func TestSignature_ChangeVoidsIt(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	proof := toProof(p)
	p.answer(solene, proof, "gmail", "Bon à tirer")
	if s := p.issue(1).State; s != issue.Signed {
		t.Fatalf("the issue is %s", s)
	}
	p.order(1, editorial.Withdraw)
	again := p.last(solene, delivery.KindProof)
	if again.ID == proof.ID || p.issue(1).State != issue.InProof {
		t.Fatalf("no new proof; the issue is %s:%s", p.issue(1).State, p.summary())
	}
	// Above its fingerprint it says what changed; below, it is the issue.
	said, sheet, _ := strings.Cut(again.HTML, "Empreinte")
	if !strings.Contains(said, "Un forum") || !strings.Contains(said, "plus valable") {
		t.Errorf("the new proof does not say that and why the old one is void")
	}
	if strings.Contains(sheet, "Un forum") || !strings.Contains(sheet, "Une bourse") {
		t.Errorf("the new proof does not show the issue as it is")
	}
	// Another editor signs the old one.
	p.answer(elise, p.got(elise, delivery.KindProof)[0], "gmail", "Bon à tirer")
	if s := p.issue(1).State; s != issue.InProof {
		t.Errorf("the issue is %s by a signature under a void proof", s)
	}
	if o := p.last(elise, delivery.KindOutcome); !strings.Contains(o.Subject, "périmée") {
		t.Errorf("who signed a void proof was told %q", o.Subject)
	}
	p.until("2018-02-16T10:00:00+01:00")
	if n := len(p.got(nadia, delivery.KindIssue)); n != 0 {
		t.Fatalf("%d issues were sent unsigned", n)
	}
	// Signed late, it goes at once, and once.
	p.answer(elise, p.last(elise, delivery.KindProof), "gmail", "Bon à tirer")
	if got, want := p.when(nadia, delivery.KindIssue), []string{"2018-02-16T10:00:00+01:00"}; !slices.Equal(got, want) {
		t.Errorf("sent at %q, want %q:%s", got, want, p.summary())
	}
	p.until("2018-02-25T10:00:00+01:00")
	if n := len(p.got(nadia, delivery.KindIssue)); n != 1 {
		t.Errorf("%d issues", n)
	}
}

// Unsigned, an issue waits; its editors are reminded each day until grace is
// over. Signed before, it goes at once; a signature after grace sends nothing.
func TestSignature_AfterGraceSendsNothing(t *testing.T) {
	t.Run("within grace", func(t *testing.T) {
		p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
		proof := toProof(p)
		p.until("2018-02-18T15:00:00+01:00")
		want := []string{"2018-02-12T09:00:00+01:00", "2018-02-16T09:00:00+01:00", "2018-02-17T09:00:00+01:00", "2018-02-18T09:00:00+01:00"}
		if got := p.when(solene, delivery.KindProof); !slices.Equal(got, want) {
			t.Errorf("asked to sign at %q, want %q", got, want)
		}
		p.answer(solene, proof, "iphone", "Bon à tirer") // the first of the four is as good
		if got, want := p.when(nadia, delivery.KindIssue), []string{"2018-02-18T15:00:00+01:00"}; !slices.Equal(got, want) {
			t.Errorf("sent at %q, want %q:%s", got, want, p.summary())
		}
		p.until("2018-02-24T15:00:00+01:00")
		if n := len(p.when(solene, delivery.KindProof)); n != 4 {
			t.Errorf("asked to sign %d times, although it is signed", n)
		}
	})
	t.Run("after grace", func(t *testing.T) {
		p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
		proof := toProof(p)
		p.until("2018-02-24T15:00:00+01:00")
		if n := len(p.when(solene, delivery.KindProof)); n != 9 { // on the 12th, and from the 16th to the 23rd
			t.Errorf("asked to sign %d times, want 9: %q", n, p.when(solene, delivery.KindProof))
		}
		p.answer(solene, proof, "iphone", "Bon à tirer")
		p.until("2018-02-26T15:00:00+01:00")
		if n := len(p.got(nadia, delivery.KindIssue)); n != 0 || p.issue(1).State != issue.Signed {
			t.Fatalf("%d issues went by themselves; the issue is %s", n, p.issue(1).State)
		}
		err := p.daemon.store.Write(p.ctx, func(v newsroom.View) (newsroom.Effects, error) {
			return p.daemon.service.Send(v, 1, p.Clock.Now())
		})
		if err != nil {
			t.Fatal(err)
		}
		p.daemon.sender.Wake()
		p.settle()
		if n := len(p.got(nadia, delivery.KindIssue)); n != 1 || p.issue(1).State != issue.Sent {
			t.Errorf("%d issues on the operator's order; the issue is %s", n, p.issue(1).State)
		}
	})
}

// A proof that the operator sends before its hour is the proof: if it is signed,
// the hour itself changes nothing.
func TestProof_SentEarlyStands(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	contributor(p)
	p.offer("Un forum")
	p.order(1, editorial.Approve)
	p.until("2018-02-11T10:00:00+01:00")
	var content issue.Content
	err := p.daemon.store.Read(p.ctx, func(v newsroom.View) (err error) {
		content, err = p.daemon.service.Content(v, 1)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	editions, err := p.daemon.render.Issue(p.ctx, content)
	if err != nil {
		t.Fatal(err)
	}
	err = p.daemon.store.Write(p.ctx, func(v newsroom.View) (newsroom.Effects, error) {
		return p.daemon.service.Propose(v, content, editions, p.Clock.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	p.daemon.sender.Wake()
	p.settle()
	p.answer(solene, p.last(solene, delivery.KindProof), "gmail", "Bon à tirer")
	p.until("2018-02-12T10:00:00+01:00")
	if s := p.issue(1).State; s != issue.Signed {
		t.Errorf("signed on the 11th, the issue is %s after the proof's hour on the 12th:%s", s, p.summary())
	}
	p.until("2018-02-16T10:00:00+01:00")
	if n := len(p.got(nadia, delivery.KindIssue)); n != 1 {
		t.Errorf("%d issues", n)
	}
}

// Down from before the closing until after the sending, the daemon asks each
// editor once to sign, not once for the proof's hour and once for the sending's.
func TestProof_RequestedOnceAfterDowntime(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	contributor(p)
	p.offer("Un forum")
	p.order(1, editorial.Approve)
	late, _ := time.Parse(time.RFC3339, "2018-02-17T11:00:00+01:00")
	p.Clock.Set(late)
	p.settle()
	if got := p.when(solene, delivery.KindProof); len(got) != 1 {
		t.Errorf("asked to sign at %q, want once:%s", got, p.summary())
	}
	p.answer(solene, p.last(solene, delivery.KindProof), "gmail", "Bon à tirer")
	if n := len(p.got(nadia, delivery.KindIssue)); n != 1 {
		t.Errorf("%d issues, want one, at once", n)
	}
}
