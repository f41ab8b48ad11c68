package intake_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"infolettre/internal/intake"
	"infolettre/internal/newsroom"
)

// withOldWord is a mail of Nadia's with a file of Word 97.
func (d *desk) withOldWord(to, from, text string) []byte {
	d.uid++
	old := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	return fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: Une nouvelle\r\nDate: %s\r\nMessage-ID: <%d@x.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n--b\r\nContent-Type: application/msword\r\nContent-Disposition: attachment; filename=\"article.doc\"\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n",
		from, to, d.now.Format(time.RFC1123Z), d.uid, text, base64.StdEncoding.EncodeToString([]byte(old)))
}

// A mail that holds nothing but a file which cannot be read is answered: its sender is
// told what to send, the office keeps the mail, and the editors have nothing to decide.
func TestUnreadable_MailIsAnsweredAndMakesNoItem(t *testing.T) {
	d := newDesk(t)
	take := func(raw []byte) intake.Folder {
		t.Helper()
		folder, err := receive(d.Intake, d.uid, raw)
		if err != nil {
			t.Fatal(err)
		}
		return folder
	}
	me := "Nadia Berthier <" + nadia + ">"
	if folder := take(d.withOldWord(mailbox, me, "Bonjour,\r\n\r\nVoici notre article en pièce jointe.\r\n\r\nNadia")); folder != intake.FolderOther {
		t.Errorf("it is filed as %s", folder)
	}
	if got := d.letters(); len(d.items()) != 0 || len(got) != 1 || got["nadia unreadable"] != 1 {
		t.Errorf("%d items, letters %v", len(d.items()), got)
	}
	// A stranger whom nobody vouches for is not answered.
	if folder := take(d.withOldWord(mailbox, "Paul <paul@autre.example>", "Voici notre article en pièce jointe.")); folder != intake.FolderOther {
		t.Errorf("a stranger's is filed as %s", folder)
	}
	if got := d.letters(); len(d.items()) != 0 || len(got) != 0 {
		t.Errorf("%d items, letters to a stranger %v", len(d.items()), got)
	}
	// News beside such a file is an item, and its receipt tells of the file.
	if folder := take(d.withOldWord(mailbox, me, "Notre atelier de couture a accueilli douze personnes la semaine passée, pour la troisième année.")); folder != intake.FolderDone {
		t.Errorf("news is filed as %s", folder)
	}
	items := d.items()
	if len(items) != 1 || len(items[0].Current.Remarks.Unread) != 1 || items[0].Current.Remarks.Unread[0].Name != "article.doc" {
		t.Fatalf("items %+v", items)
	}
	d.letters()

	// An answer to the receipt that brings nothing else changes nothing.
	handle := d.offer("Le forum ouvre le 22 mars.")
	d.letters()
	before := d.items()
	raw := d.withOldWord(strings.Replace(mailbox, "@", "+"+handle+"@", 1), me, "Voici le texte corrigé.")
	m, err := intake.Read(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	var verdict intake.Verdict
	if err := d.store.Read(context.Background(), func(v newsroom.View) error {
		verdict, _, err = d.Classify(v, m, 0, d.now)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if folder := take(raw); folder != intake.FolderOther || !strings.Contains(verdict.Why, "article.doc") {
		t.Errorf("the answer is filed as %s: %s", folder, verdict.Why)
	}
	after := d.items()
	if got := d.letters(); len(got) != 1 || got["nadia unreadable"] != 1 || after[len(after)-1].Current.Number != before[len(before)-1].Current.Number {
		t.Errorf("letters %v, revision %d", got, after[len(after)-1].Current.Number)
	}
}
