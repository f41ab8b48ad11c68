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

// prepareFollowup prepares a mail that answers a receipt, if its handle was issued; other
// mail is not worth the time. It is called before the transaction that handles the mail.
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

// shownImages returns the hashes of the pictures that a receipt and its successors showed.
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

// prepare prepares the text and files of an answer to a receipt. It drops pictures that came
// back with the quoted receipt.
func (m *Inbound) prepare(shown map[string]bool, decoding *item.DecodeLimit) {
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

// followup handles a contributor's answer to a receipt, other than a withdrawal. An answer
// whose sender may not be written to, or to an expired receipt, is left unread for the
// office, so that no word is lost.
func (h *replyHandler) followup(verdict *Verdict) (newsroom.Effects, error) {
	if !h.mail.followup { // called by explain, without prepareFollowup
		shown, err := h.in.shownImages(h.v, h.q)
		if err != nil {
			return nil, err
		}
		h.mail.prepare(shown, h.in.decoding)
	}
	var items []item.Item
	var subjects []editorial.FollowupItem
	for _, s := range h.q.Subjects {
		it, err := h.v.Item(s.Item)
		if err != nil {
			return nil, err
		}
		items = append(items, it)
		subjects = append(subjects, editorial.FollowupItem{Item: it.ID, Title: it.Current.Title, Text: it.Current.Text})
	}
	followup := editorial.ReadFollowup(h.followupText(), subjects)
	verdict.Why = followup.Why
	if followup.Kind == editorial.Thanks {
		return nil, nil
	}
	if followup.Kind == editorial.Replacement {
		verdict.Reply.Verb, verdict.Reply.Why = editorial.Edit, ""
	}
	if h.now.After(h.q.Expires) {
		verdict.Why, verdict.Folder = "nothing is done: the receipt has expired", FolderOther
		return h.tell("expired", nil)
	}
	may, err := h.in.mayAnswer(h.v, h.who, h.now)
	if err != nil {
		return nil, err
	}
	if !may {
		verdict.Why, verdict.Folder = "for the office to read, as its sender may not be answered now: "+followup.Why, FolderOther
		return nil, nil
	}
	if followup.Kind == editorial.Remark {
		return h.remark(items, followup)
	}
	if followup.Kind == editorial.Addition {
		if files, other := h.mail.prepared.UnreadAlone(); len(files) > 0 && len(other) == 0 && h.mail.repeated == 0 {
			verdict.Why, verdict.Folder = (&item.UnreadError{Files: files}).Error(), FolderOther
			return h.tell("unreadable", map[string]string{"files": fileLines(files), "answers": "yes"})
		}
	}
	return h.revise(items[followup.Item], followup, verdict)
}

// followupText returns the contributor's own text in the mail.
func (h *replyHandler) followupText() editorial.FollowupText {
	s := editorial.FollowupText{
		Visible: message.Unwrap(h.mail.Visible()), Files: h.mail.prepared.Files() + h.mail.repeated,
		Names: []string{h.who.Name, h.mail.Author().Name, h.in.service.Address.Name},
	}
	if h.mail.prepared.FromDocument() {
		s.Document = h.mail.prepared.Text()
	}
	for _, e := range h.in.service.Editors {
		s.Names = append(s.Names, e.Name)
	}
	return s
}

// maxNote is how much of an answer, in octets, is forwarded to the editors; the whole is in
// the mailbox.
const maxNote = 20000

// remark forwards the contributor's words to the editors and tells the contributor so.
func (h *replyHandler) remark(items []item.Item, followup editorial.Followup) (newsroom.Effects, error) {
	if followup.Item >= 0 {
		items = items[followup.Item : followup.Item+1]
	}
	return h.note(items, followup.Remark, "noted", false)
}

func (h *replyHandler) note(items []item.Item, text, topic string, late bool) (newsroom.Effects, error) {
	n := newsroom.NoteInput{Text: text, From: h.who.Mailbox, Late: late, At: h.now}
	for _, it := range items {
		n.Items = append(n.Items, it.ID)
	}
	if names := h.fileNames(); names != "" {
		n.Text = strings.TrimSpace(n.Text + "\n\n[" + names + "]")
	}
	if len(n.Text) > maxNote {
		n.Text = strings.ToValidUTF8(n.Text[:maxNote], "") + " […]"
	}
	fx, err := h.in.service.Note(h.v, n)
	if err != nil || topic == "" {
		return fx, err
	}
	answer, err := h.in.service.QueueLetter(h.v, delivery.Letter{
		Kind: delivery.KindNotice, Topic: topic, To: h.who.Mailbox, Language: h.language(),
		Message: h.message, Item: int64(items[0].ID), Created: h.now,
	})
	return append(fx, answer...), err
}

// fileNames lists the files that a note does not show the editors.
func (h *replyHandler) fileNames() string {
	if h.mail.prepared.Files() == 0 {
		return ""
	}
	var names []string
	for _, p := range h.mail.Parts {
		if p.Name != "" && !p.Inline {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ")
}

func (h *replyHandler) language() string {
	if h.who.person.Language == "" && len(h.q.Subjects) > 0 && !h.who.listed {
		if it, err := h.v.Item(h.q.Subjects[0].Item); err == nil {
			return it.Current.Language
		}
	}
	return h.in.service.Language(h.who.person.Language)
}

// revise makes a new revision from a replacing text or from additional files.
func (h *replyHandler) revise(it item.Item, followup editorial.Followup, verdict *Verdict) (newsroom.Effects, error) {
	u, err := h.corrected(it.Current, followup)
	if errors.Is(err, item.ErrEmptyMessage) {
		return h.note([]item.Item{it}, h.mail.prepared.Text(), "noted", false)
	}
	if err != nil {
		return nil, err
	}
	verdict.Items = []item.ParsedItem{u}
	fx, err := h.in.service.Revise(h.v, newsroom.ReviseInput{
		Item: it.ID, Understood: u, Message: h.message, Person: h.who.Mailbox, Language: h.language(),
		HasRemark: followup.Remark != "", At: h.now,
	})
	switch {
	case errors.Is(err, newsroom.ErrItemClosed):
		verdict.Why = fmt.Sprintf("nothing is changed, as the item is %s; for the editors to read: %s", closedReason(it), followup.Why)
		text := strings.TrimSpace(followup.Remark + "\n\n" + followup.Text)
		if text == "" {
			text = strings.TrimSpace(h.followupText().Visible)
		}
		return h.note([]item.Item{it}, text, "noted-late", true)
	case errors.Is(err, newsroom.ErrUnchanged) && followup.Remark == "":
		verdict.Why += ", and changes nothing"
		return nil, nil
	case errors.Is(err, newsroom.ErrUnchanged):
		return h.note([]item.Item{it}, followup.Remark, "noted", false)
	case err != nil:
		return nil, err
	}
	if followup.Remark == "" {
		return fx, nil
	}
	noted, err := h.note([]item.Item{it}, followup.Remark, "", false)
	return append(fx, noted...), err
}

// closedReason says why an item takes no corrections.
func closedReason(it item.Item) string {
	if it.Issue != 0 && it.State == item.Approved {
		return "in an issue that has closed"
	}
	return string(it.State)
}

// corrected returns the item after the correction.
func (h *replyHandler) corrected(current item.Revision, followup editorial.Followup) (item.ParsedItem, error) {
	guide := item.Guide{
		Sections: h.in.Sections, Location: h.in.Location, Sender: h.who.Mailbox, Centre: current.Centre,
		Language: current.Language, Received: received(h.mail.Message, h.now),
	}
	if followup.Kind == editorial.Addition {
		u := item.Add(h.mail.prepared, guide, current.Content)
		unread := u.Remarks.Unread
		u.Remarks = current.Remarks
		u.Remarks.Unread = unread
		return dedupe(u), nil
	}
	before := current.Content
	if followup.Title != "" {
		before.Title = followup.Title
	}
	prepared := h.mail.prepared
	if !prepared.FromDocument() {
		// Only the new text, without greetings or files; the files are added below.
		prepared = prepared.WithText(followup.Text)
	}
	u, err := item.Correct(prepared, guide, before)
	if err != nil {
		return u, err
	}
	if len(u.Contacts) == 0 {
		u.Contacts = current.Contacts
	}
	if !prepared.FromDocument() && h.mail.prepared.Files() > 0 {
		why, remarks := u.Why, u.Remarks
		u = item.Add(h.mail.prepared, guide, u.Content)
		remarks.Unread = u.Remarks.Unread
		u.Why, u.Remarks = why, remarks
	}
	if u.Remarks.Source == (item.Contact{}) {
		u.Remarks.Source = current.Remarks.Source
	}
	return dedupe(u), nil
}

// dedupe keeps one of each picture and file.
func dedupe(u item.ParsedItem) item.ParsedItem {
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
