package intake_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"infolettre/internal/editorial"
	"infolettre/internal/intake"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// take handles a mail from somebody to the newsletter, and returns what was made of it.
// handle is "" for a mail that answers none.
func (d *desk) take(from, handle, rest string) (v intake.Verdict) {
	d.t.Helper()
	d.uid++
	to := mailbox
	if handle != "" {
		to = strings.Replace(mailbox, "@", "+"+handle+"@", 1)
	}
	domain := message.Address(from).Domain()
	raw := []byte(strings.ReplaceAll(fmt.Sprintf("Authentication-Results: mx.example; dmarc=pass header.from=%s\nFrom: <%s>\nTo: %s\nDate: %s\nMessage-ID: <%d@y.example>\nMIME-Version: 1.0\n%s",
		domain, from, to, d.now.Format(time.RFC1123Z), d.uid, rest), "\n", "\r\n"))
	m, err := intake.Read(raw, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	err = d.store.Read(context.Background(), func(view newsroom.View) error {
		v, _, err = d.Classify(view, m, 0, d.now)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := receive(d.Intake, d.uid, raw); err != nil {
		d.t.Fatal(err)
	}
	return v
}

// asked is the handle of the last request to Élise.
func (d *desk) asked() string {
	d.t.Helper()
	jobs, err := d.store.Ledger().Claim(context.Background(), d.now, 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	handle := ""
	for _, p := range jobs {
		if p.Letter == nil || p.Letter.Request == 0 || p.To.Address.Local() != "elise" {
			continue
		}
		err := d.store.Read(context.Background(), func(v newsroom.View) error {
			q, err := v.Request(editorial.RequestID(p.Letter.Request))
			if err == nil && q.Purpose == token.Decision {
				handle = q.Handle(d.service.Secret).String()
			}
			return err
		})
		if err != nil {
			d.t.Fatal(err)
		}
	}
	if handle == "" {
		d.t.Fatal("nothing was asked of Élise")
	}
	return handle
}

// reaction is what Gmail sends for one.
func reaction(text, emoji string) string {
	return "Subject: Re: N° 1\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + text +
		"\n--b\nContent-Type: text/vnd.google.email-reaction+json; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{\"emoji\":\"" + emoji + "\",\"version\":1}\n" +
		"--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<p style=\"font-size:50px\">" + text + "</p>\n--b--\n"
}

// An editor's thumb decides as the same thumb in a text does, whatever the language in
// which Gmail tells of it.
func TestReaction_EditorsThumbDecides(t *testing.T) {
	for _, c := range []struct {
		text, emoji string
		want        editorial.Verb
	}{
		{"👍 Élise Marchand a réagi via Gmail", "👍", editorial.Approve},
		{"👍 Élise Marchand reacted via Gmail", "👍", editorial.Approve},
		{"Élise Marchand reagiu com 👍 através do Gmail", "👍", editorial.Approve},
		{"👎 Élise Marchand a réagi via Gmail", "👎", editorial.None},
		{"😮 Élise Marchand a réagi via Gmail", "😮", editorial.None},
		{"👎 Élise Marchand a réagi via Gmail", "👍", editorial.None},
	} {
		d := newDesk(t)
		d.offer(sea)
		v := d.take("elise@reseau.example", d.asked(), reaction(c.text, c.emoji))
		if v.Reply.Verb != c.want || v.Kind != intake.Decision {
			t.Errorf("%s: %+v", c.text, v)
		}
		if got, want := d.items()[0].State == item.Approved, c.want == editorial.Approve; got != want {
			t.Errorf("%s: approved %t", c.text, got)
		}
	}
}

// A contributor's reaction changes nothing, and is no file that was added.
func TestReaction_ContributorsReactionChangesNothing(t *testing.T) {
	d := newDesk(t)
	handle := d.offer(sea)
	d.letters()
	for _, emoji := range []string{"👍", "😢"} {
		v := d.take(nadia, handle, reaction(emoji+" Nadia Berthier a réagi via Gmail", emoji))
		if v.Kind != intake.Correction || v.Why != "a reaction changes nothing" || v.Folder != intake.FolderDone {
			t.Errorf("%s: %+v", emoji, v)
		}
		// To a mail that asked for nothing.
		if v := d.take(nadia, "", reaction(emoji+" Nadia Berthier a réagi via Gmail", emoji)); v.Kind != intake.Unknown || v.Why != "a reaction changes nothing" {
			t.Errorf("%s, without a handle: %+v", emoji, v)
		}
	}
	if all := d.items(); len(all) != 1 || all[0].Current.Number != 1 || len(all[0].Current.Attachments) != 0 {
		t.Errorf("%+v", all)
	}
	if got := d.letters(); len(got) != 0 {
		t.Errorf("letters %v", got)
	}
}

// Mail of machines makes no item; a true reminder and a forward do; a mail with nothing
// in it is answered.
func TestClassify_AutomaticMailMakesNoItem(t *testing.T) {
	d := newDesk(t)
	const plain = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
	for _, c := range []struct {
		name, mail string
		kind       intake.Kind
		folder     intake.Folder
		items      int
		letter     string
	}{
		{"a recall", "Subject: =?utf-8?Q?Rappel=C2=A0:_Atelier_mardi?=\n" + plain + "BERTHIER Nadia souhaite rappeler le message « Atelier mardi ».\n", intake.Automatic, intake.FolderOther, 0, ""},
		{"an acceptance", "Subject: =?utf-8?Q?Accept=C3=A9_:_R=C3=A9union_du_r=C3=A9seau?=\nContent-Type: text/calendar; method=REPLY; charset=utf-8\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:1\nDTSTART:20180312T130000Z\nSUMMARY:Meeting\nEND:VEVENT\nEND:VCALENDAR\n", intake.Automatic, intake.FolderDone, 0, ""},
		{"nothing but a header", "Subject: TR: Bus\n" + plain + "-----Message d'origine-----\nDe : Zoé Martin [mailto:zoe@maison.example]\nEnvoyé : lundi 12 mars 2018 09:14\nÀ : Nadia\nObjet : Bus\n", intake.Unknown, intake.FolderOther, 0, "nadia nothing-in"},
		{"a reminder", "Subject: Rappel : Atelier mardi\n" + plain + "L'atelier CV a lieu mardi 13 mars 2018 à 14h à la Cité des métiers de Rouen.\n", intake.Contribution, intake.FolderDone, 1, "nadia receipt"},
		{"a forward", "Subject: TR: Bus\nIn-Reply-To: <1@maison.example>\n" + plain + "Pour information.\n\n-----Message d'origine-----\nDe : Zoé Martin [mailto:zoe@maison.example]\nEnvoyé : lundi 12 mars 2018 09:14\nÀ : Nadia\nObjet : Bus\n\nLe camion des métiers fait halte à Namur le 22 mars 2018, de 10h à 17h, devant la gare.\n", intake.Contribution, intake.FolderDone, 1, "nadia receipt"},
	} {
		before := len(d.items())
		v := d.take(nadia, "", c.mail)
		if v.Kind != c.kind || v.Folder != c.folder || len(d.items())-before != c.items {
			t.Errorf("%s: %+v, %d items", c.name, v, len(d.items())-before)
		}
		got := d.letters()
		delete(got, "elise request")
		if c.letter == "" && len(got) != 0 || c.letter != "" && (len(got) != 1 || got[c.letter] != 1) {
			t.Errorf("%s: letters %v", c.name, got)
		}
	}
}
