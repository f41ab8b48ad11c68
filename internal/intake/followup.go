package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// prepareFollowup prepares a mail that answers a receipt, if its handle was issued: nobody
// else's mail is worth the time. It is called before the transaction that handles
// the mail.
func (in *Intake) prepareFollowup(ctx context.Context, m *Inbound) error {
	h, found := findHandle(m.Message)
	if _, made := m.MachineMade(); made || !found || h.Purpose != token.Receipt {
		return nil
	}
	var shown map[string]bool
	err := in.store.Read(ctx, func(v View) error {
		q, err := in.issued(v, h)
		if err != nil {
			return err
		}
		shown, err = in.shownImages(v, q)
		return err
	})
	if errors.Is(err, newsroom.ErrNotFound) {
		return nil
	}
	if err == nil {
		m.prepare(shown, in.decoding)
	}
	return err
}

// shownImages are the pictures, by hash, that a receipt and its successors showed.
func (in *Intake) shownImages(v View, q editorial.Request) (map[string]bool, error) {
	shown := map[string]bool{}
	for _, s := range q.Subjects {
		it, err := v.Item(s.Item)
		if err != nil {
			return nil, err
		}
		rev, err := v.Revision(s.Item, s.Revision)
		if err != nil {
			return nil, err
		}
		for _, r := range []item.Revision{rev, it.Current} {
			for _, img := range r.Images {
				shown[img.Hash] = true
			}
		}
	}
	return shown, nil
}

// prepare makes ready what an answer to a receipt says and brings. Pictures that
// came back with the quoted receipt are none that it brings.
func (m *Inbound) prepare(shown map[string]bool, decoding *item.Decoding) {
	answer := *m.Message
	answer.Parts = nil
	for _, p := range m.Parts {
		switch sum := sha256.Sum256(p.Data); {
		case !shown[hex.EncodeToString(sum[:])]:
			answer.Parts = append(answer.Parts, p)
		case !p.Inline && p.ContentID == "":
			m.repeated++
		}
	}
	m.prepared, m.followup = item.PrepareReply(&answer, decoding), true
}

// followup handles what a contributor answers to a receipt other than that they
// withdraw. What may not be answered, or comes too late for its receipt, is left
// to the office unread, so that no word is lost.
func (a *replyHandler) followup(verdict *Verdict) (newsroom.Effects, error) {
	if !a.mail.followup { // explained, not received
		shown, err := a.in.shownImages(a.v, a.q)
		if err != nil {
			return nil, err
		}
		a.mail.prepare(shown, a.in.decoding)
	}
	var items []item.Item
	var about []editorial.FollowupItem
	for _, s := range a.q.Subjects {
		it, err := a.v.Item(s.Item)
		if err != nil {
			return nil, err
		}
		items = append(items, it)
		about = append(about, editorial.FollowupItem{Item: it.ID, Title: it.Current.Title, Text: it.Current.Text})
	}
	said := editorial.ReadFollowup(a.followupText(), about)
	verdict.Why = said.Why
	if said.Kind == editorial.Thanks {
		return nil, nil
	}
	if said.Kind == editorial.Replacement {
		verdict.Reply.Verb, verdict.Reply.Why = editorial.Edit, ""
	}
	if a.now.After(a.q.Expires) {
		verdict.Why, verdict.Folder = "nothing is done: the receipt has expired", FolderOther
		return a.tell("expired", nil)
	}
	may, err := a.in.mayAnswer(a.v, a.who, a.now)
	if err != nil {
		return nil, err
	}
	if !may {
		verdict.Why, verdict.Folder = "for the office to read, as its sender may not be answered now: "+said.Why, FolderOther
		return nil, nil
	}
	if said.Kind == editorial.Remark {
		return a.remark(items, said)
	}
	if said.Kind == editorial.Addition {
		if files, other := a.mail.prepared.UnreadAlone(); len(files) > 0 && len(other) == 0 && a.mail.repeated == 0 {
			verdict.Why, verdict.Folder = (&item.UnreadError{Files: files}).Error(), FolderOther
			return a.tell("unreadable", map[string]string{"files": fileLines(files), "answers": "yes"})
		}
	}
	return a.revise(items[said.Item], said, verdict)
}

// followupText is what the mail holds of the contributor's own.
func (a *replyHandler) followupText() editorial.FollowupText {
	s := editorial.FollowupText{
		Visible: message.Unwrap(a.mail.Visible()), Files: a.mail.prepared.Files() + a.mail.repeated,
		Names: []string{a.who.Name, a.mail.Author().Name, a.in.service.Address.Name},
	}
	if a.mail.prepared.FromDocument() {
		s.Document = a.mail.prepared.Text()
	}
	for _, e := range a.in.service.Editors {
		s.Names = append(s.Names, e.Name)
	}
	return s
}

// maxNote is how much of an answer, in octets, the editors are written; the whole
// is in the mailbox.
const maxNote = 20000

// remark hands the words to the editors, and tells their author so.
func (a *replyHandler) remark(items []item.Item, said editorial.Followup) (newsroom.Effects, error) {
	if said.Item >= 0 {
		items = items[said.Item : said.Item+1]
	}
	return a.note(items, said.Remark, "noted", false)
}

func (a *replyHandler) note(items []item.Item, text, answer string, late bool) (newsroom.Effects, error) {
	n := newsroom.NoteInput{Text: text, From: a.who.Mailbox, Late: late, At: a.now}
	for _, it := range items {
		n.Items = append(n.Items, it.ID)
	}
	if names := a.fileNames(); names != "" {
		n.Text = strings.TrimSpace(n.Text + "\n\n[" + names + "]")
	}
	if len(n.Text) > maxNote {
		n.Text = strings.ToValidUTF8(n.Text[:maxNote], "") + " […]"
	}
	fx, err := a.in.service.Note(a.v, n)
	if err != nil || answer == "" {
		return fx, err
	}
	told, err := a.in.service.QueueLetter(a.v, delivery.Letter{
		Kind: delivery.KindNotice, Topic: answer, To: a.who.Mailbox, Language: a.language(),
		Message: a.message, Item: int64(items[0].ID), Created: a.now,
	})
	return append(fx, told...), err
}

// fileNames are those of the files that the editors do not see with a note.
func (a *replyHandler) fileNames() string {
	if a.mail.prepared.Files() == 0 {
		return ""
	}
	var names []string
	for _, p := range a.mail.Parts {
		if p.Name != "" && !p.Inline {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ")
}

func (a *replyHandler) language() string {
	if a.who.person.Language == "" && len(a.q.Subjects) > 0 && !a.who.listed {
		if it, err := a.v.Item(a.q.Subjects[0].Item); err == nil {
			return it.Current.Language
		}
	}
	return a.in.service.Language(a.who.person.Language)
}

// revise makes the new revision, of a text that replaces the one before or of
// files that stand beside it.
func (a *replyHandler) revise(it item.Item, said editorial.Followup, verdict *Verdict) (newsroom.Effects, error) {
	u, err := a.corrected(it.Current, said)
	if errors.Is(err, item.ErrNothing) {
		return a.note([]item.Item{it}, a.mail.prepared.Text(), "noted", false)
	}
	if err != nil {
		return nil, err
	}
	verdict.Items = []item.Understood{u}
	fx, err := a.in.service.Revise(a.v, newsroom.ReviseInput{
		Item: it.ID, Understood: u, Message: a.message, Person: a.who.Mailbox, Language: a.language(),
		Remark: said.Remark != "", At: a.now,
	})
	switch {
	case errors.Is(err, newsroom.ErrItemClosed):
		verdict.Why = fmt.Sprintf("nothing is changed, as the item is %s; for the editors to read: %s", closedReason(it), said.Why)
		text := strings.TrimSpace(said.Remark + "\n\n" + said.Text)
		if text == "" {
			text = strings.TrimSpace(a.followupText().Visible)
		}
		return a.note([]item.Item{it}, text, "noted-late", true)
	case errors.Is(err, newsroom.ErrUnchanged) && said.Remark == "":
		verdict.Why += ", and changes nothing"
		return nil, nil
	case errors.Is(err, newsroom.ErrUnchanged):
		return a.note([]item.Item{it}, said.Remark, "noted", false)
	case err != nil:
		return nil, err
	}
	if said.Remark == "" {
		return fx, nil
	}
	noted, err := a.note([]item.Item{it}, said.Remark, "", false)
	return append(fx, noted...), err
}

// closedReason says why an item takes no corrections.
func closedReason(it item.Item) string {
	if it.Issue != 0 && it.State == item.Approved {
		return "in an issue that has closed"
	}
	return string(it.State)
}

// corrected is the item as it will be.
func (a *replyHandler) corrected(current item.Revision, said editorial.Followup) (item.Understood, error) {
	guide := item.Guide{
		Sections: a.in.Sections, Location: a.in.Location, Sender: a.who.Mailbox, Centre: current.Centre,
		Language: current.Language, Received: received(a.mail.Message, a.now),
	}
	if said.Kind == editorial.Addition {
		u := item.Add(a.mail.prepared, guide, current.Content)
		unread := u.Remarks.Unread
		u.Remarks = current.Remarks
		u.Remarks.Unread = unread
		return dedupe(u), nil
	}
	before := current.Content
	if said.Title != "" {
		before.Title = said.Title
	}
	prepared := a.mail.prepared
	if !prepared.FromDocument() {
		// Without the words around the text, nor the files: they are added below.
		prepared = prepared.Only(said.Text)
	}
	u, err := item.Correct(prepared, guide, before)
	if err != nil {
		return u, err
	}
	if len(u.Contacts) == 0 {
		u.Contacts = current.Contacts
	}
	if !prepared.FromDocument() && a.mail.prepared.Files() > 0 {
		why, remarks := u.Why, u.Remarks
		u = item.Add(a.mail.prepared, guide, u.Content)
		remarks.Unread = u.Remarks.Unread
		u.Why, u.Remarks = why, remarks
	}
	if u.Remarks.Source == (item.Contact{}) {
		u.Remarks.Source = current.Remarks.Source
	}
	return dedupe(u), nil
}

// dedupe leaves of each picture and file one.
func dedupe(u item.Understood) item.Understood {
	var images []item.Image
	seen := map[string]bool{}
	for _, img := range u.Images {
		if !seen[img.Hash] {
			images = append(images, img)
		}
		seen[img.Hash] = true
	}
	var files []item.Attachment
	for _, f := range u.Attachments {
		key := fmt.Sprintf("%s\n%s\n%d", f.Name, f.Hash, f.Bytes)
		if !seen[key] {
			files = append(files, f)
		}
		seen[key] = true
	}
	u.Images, u.Attachments = images, files
	return u
}
