package newsroom

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// ReviseInput is a contributor's correction of an item, as intake read it.
type ReviseInput struct {
	Item       item.ID
	Understood item.ParsedItem
	Message    int64
	Person     message.Mailbox // who answered the receipt
	Language   string          // of that person
	HasRemark  bool            // the answer has a remark too, which Note forwards
	At         time.Time
}

var (
	// ErrUnchanged reports a correction that changes nothing.
	ErrUnchanged = errors.New("the item says that already")
	// ErrItemClosed reports an item that takes no more corrections: it is withdrawn, or its
	// issue has closed.
	ErrItemClosed = errors.New("the item takes no corrections any more")
)

// Revise makes a contributor's correction the current revision of its item and sends them
// a receipt of it. It asks the editors again where the item is pending or approved;
// editorial.AfterCorrection decides its new state. It returns ErrUnchanged or ErrItemClosed
// without effects.
func (s *Service) Revise(v View, in ReviseInput) (Effects, error) {
	it, err := v.Item(in.Item)
	if err != nil {
		return nil, err
	}
	to, may := editorial.AfterCorrection(it)
	if !may {
		return nil, ErrItemClosed
	}
	if sameContent(in.Understood.Content, it.Current.Content) {
		return nil, ErrUnchanged
	}
	it.State = to
	it.Current = item.Revision{
		Number: it.Current.Number + 1, Hash: in.Understood.Hash(), Created: in.At,
		Content: in.Understood.Content, Remarks: in.Understood.Remarks,
	}
	fx := Effects{AddRevision{Item: it.ID, State: to, Revision: it.Current, Author: in.Person.Address, Message: in.Message}}
	if to == item.Pending || to == item.Approved {
		asked, err := s.requestDecisions(v, it, in.At, "request-revised", nil)
		if err != nil {
			return nil, err
		}
		fx = append(fx, asked...)
	}
	args := map[string]string{"state": string(to)}
	if in.HasRemark {
		args["noted"] = "yes"
	}
	shown, err := s.Request(v, editorial.Request{
		Purpose: token.Receipt, Person: in.Person.Address, Subjects: []editorial.Subject{subject(it)},
		Created: in.At, Expires: in.At.Add(editorial.ReceiptLife),
	}, delivery.Letter{
		Kind: delivery.KindReceipt, Topic: "revised", To: in.Person, Language: s.Language(in.Language),
		Message: in.Message, Created: in.At, Args: args,
	})
	return append(fx, shown...), err
}

// sameContent says whether two contents look the same to a reader. It ignores what is
// derived from the text (markup, dates), because that may differ in an answer that quotes
// the text.
func sameContent(a, b item.Content) bool {
	words := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return a.Title == b.Title && words(a.Text) == words(b.Text) &&
		slices.EqualFunc(a.Images, b.Images, func(x, y item.Image) bool { return x.Hash == y.Hash }) &&
		slices.EqualFunc(a.Attachments, b.Attachments, func(x, y item.Attachment) bool {
			return x.Name == y.Name && x.Hash == y.Hash && x.Bytes == y.Bytes
		})
}

// NoteInput is a contributor's remark on items, for the editors to read.
type NoteInput struct {
	Items []item.ID // at least one
	Text  string
	From  message.Mailbox
	Late  bool // it corrects an item that takes no more corrections
	At    time.Time
}

// Note forwards a contributor's remark to the editors. It changes no item.
func (s *Service) Note(v View, in NoteInput) (Effects, error) {
	topic := "note"
	if in.Late {
		topic = "note-late"
	}
	numbers := make([]string, len(in.Items))
	for i, id := range in.Items {
		numbers[i] = strconv.FormatInt(int64(id), 10)
	}
	from := in.From.Name
	if from == "" {
		from = string(in.From.Address)
	}
	var fx Effects
	for _, e := range s.Editors {
		if e.Address.Equal(in.From.Address) {
			continue
		}
		letter, err := s.QueueLetter(v, delivery.Letter{
			Kind: delivery.KindNotice, Topic: topic, To: e.Mailbox, Language: s.Language(e.Language),
			Item: int64(in.Items[0]), Created: in.At,
			Args: map[string]string{"items": strings.Join(numbers, ", "), "text": in.Text, "from": from},
		})
		if err != nil {
			return nil, err
		}
		fx = append(fx, letter...)
	}
	return fx, nil
}
