// Package intake decides what an inbound message is and what it does.
//
// A message is read once, stored raw, and handled in the same transaction:
// either it is in the store with everything that follows from it, or it is not
// and still lies in the inbox. Only then is it filed away; a message that comes
// again, because the filing failed or because somebody sent it twice, is known
// by its place in the mailbox or by its Message-ID and content, and changes
// nothing.
//
// What it may be, in the order in which that is asked:
//
//	subscription   somebody leaves the lists, by the keyed address in a mailing
//	bounce         a mail came back, is late, or arrived (package bounce); whether it
//	               was ours, and what follows, is newsroom.Bounced's
//	complaint      somebody calls a mail spam; likewise
//	automatic      a machine wrote it: it decides nothing and is never answered; also a
//	               calendar's answer to an invitation, and Outlook's request to delete
//	               an earlier mail, which is filed unread for the office
//	decision       a reply that carries the handle of a request
//	withdrawal     a reply that carries the handle of a receipt, and takes back
//	correction     any other such reply: thanks change nothing, files are added, a
//	               text that replaces makes a new revision, and all else is handed
//	               to the editors (followup.go)
//	contribution   anything else that a person sent with something in it; also
//	               what answers a call for contributions
//	unknown        human mail that is none of these: filed unread for the office; a
//	               contributor is told that it has nothing in it; of Gmail's reactions
//	               those to a mail that asked for nothing, which are filed as handled
//
// Handle is the shell; Classify is the pure core, which `explain` calls too.
package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"infolettre/internal/bounce"
	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// Kind is what a message is, as `explain` names it.
type Kind string

const (
	Contribution Kind = "contribution"
	Decision     Kind = "decision"
	Withdrawal   Kind = "withdrawal"
	Correction   Kind = "correction"
	Subscription Kind = "subscription"
	Bounce       Kind = "bounce"
	Complaint    Kind = "complaint"
	Automatic    Kind = "automatic"
	Unknown      Kind = "unknown"

	// Duplicate and Quarantined are kinds of stored messages only.
	Duplicate   Kind = "duplicate"
	Quarantined Kind = "quarantined"
)

// Folder is where a message is filed.
type Folder string

const (
	FolderDone       Folder = "done"  // handled
	FolderOther      Folder = "other" // for the office, unread
	FolderQuarantine Folder = "quarantine"
)

// Verdict is what was made of a message, and why, in English.
type Verdict struct {
	Kind          Kind
	Why           string
	Folder        Folder
	Authenticated message.Authentication
	Missing       Missing             // for want of what the message did nothing
	Answers       editorial.RequestID // that was sent to its author; 0 for none
	Items         []item.Understood   // of a contribution, or the item as corrected
	Reply         editorial.Reply     // of a decision, a withdrawal or a correction
	Report        bounce.Report       // of a bounce or a complaint
}

// Missing is what a message did nothing for want of. A copy that lacks less is handled
// for itself, see Store.
type Missing int

const (
	MissingNothing      Missing = iota
	MissingConfirmation         // nobody vouches for its author, who is asked for one more reply
	MissingAuthenticity         // its author may be forged
	MissingPerson               // by what it bears, no person wrote it, or nobody can tell who and to what
)

// Arrival is a message as it lies in the mailbox.
type Arrival struct {
	UIDValidity, UID uint32
	MessageID        string // "" when the message has none
	ContentHash      string
	Server           string          // the authserv-id of a server that wrote above its own Received field here; "" for none
	Answer           string          // names an answer to a request, see answerHash; "" for any other message
	From             message.Address // "" when it is not one address
	At               time.Time
	Raw              []byte
}

// View is what Classify reads.
type View = newsroom.View

// Store keeps messages.
type Store interface {
	// Read shows one consistent state.
	Read(ctx context.Context, f func(View) error) error
	// Receive stores the message and what follows from it, in one transaction.
	// A message known by its place in the mailbox and its octets, or by its
	// Message-ID and content or its Answer, is not handled again: the earlier
	// verdict's folder is returned. A copy of messages that all lacked something is
	// handled, if it lacks less. That the Server writes so is known from then on.
	Receive(ctx context.Context, a Arrival, f func(v View, id int64) (Verdict, newsroom.Effects, error)) (Folder, error)
}

// Options of an Intake.
type Options struct {
	Sections   []item.Section
	Location   *time.Location
	AuthservID string // whose Authentication-Results count; "" for nobody's
	Challenge  bool   // where nobody vouches, a decision is confirmed by one more reply
	Keys       Keys   // of DKIM signatures; nil to verify none
	Now        func() time.Time
	Log        *slog.Logger
}

// Intake handles messages.
type Intake struct {
	Options
	service  *newsroom.Service
	store    Store
	decoding *item.Decoding
}

// Read is the function Read for messages that are read at once.
func (in *Intake) Read(raw []byte) (Inbound, error) { return Read(raw, in.decoding) }

// New returns an intake.
func New(options Options, service *newsroom.Service, store Store) *Intake {
	return &Intake{Options: options, service: service, store: store, decoding: item.NewDecoding()}
}

// Inbound is a message read, with all that takes time to make of it.
type Inbound struct {
	*message.Message
	raw        []byte
	prepared   item.Prepared       // of what a person may have written
	written    editorial.ReplyText // of what carries a handle: what its two parts show
	signatures message.Signatures  // as verified; zero where they were not
	postponed  bool                // it was put off, and is handled now
	followup   bool                // it answers a receipt, and was prepared as that
	repeated   int                 // attached pictures of it that the item has already
	report     bounce.Report       // of what came of another mail
}

// Read parses a message and prepares its text and pictures, unless it carries a
// handle: whether that was ever issued is not known yet, see prepareFollowup. Its only error
// is message.Read's. Messages that are read at once share a decoding; nil is for one alone.
func Read(raw []byte, decoding *item.Decoding) (Inbound, error) {
	m, err := message.Read(raw)
	if err != nil {
		return Inbound{}, err
	}
	in := Inbound{Message: m, raw: raw}
	in.report = bounce.Read(m)
	if _, made := m.MachineMade(); made || in.reports() {
		return in, nil
	}
	if _, answers := findHandle(m); answers {
		if in.written.Text, in.written.HTML = m.Written(); m.Emoji != "" {
			in.written = editorial.ReplyText{Text: m.Emoji} // in whatever language Gmail tells of it
		}
	} else {
		in.prepared = item.Prepare(m, decoding)
	}
	return in, nil
}

// Handle stores a message that was read, with all its effects, and says where it is
// filed.
func (in *Intake) Handle(ctx context.Context, uidValidity, uid uint32, m Inbound) (Folder, error) {
	if err := in.prepareFollowup(ctx, &m); err != nil {
		return "", err
	}
	now := in.Now()
	a := Arrival{
		UIDValidity: uidValidity, UID: uid, MessageID: m.ID, ContentHash: contentHash(m.Message, m.raw),
		From: m.Author().Address, At: now, Raw: m.raw,
	}
	if _, above := m.WrittenBy(in.AuthservID); above {
		a.Server = in.AuthservID
	}
	if h, found := findHandle(m.Message); found {
		a.Answer = answerHash(m, h)
	}
	folder, err := in.store.Receive(ctx, a, func(v View, id int64) (Verdict, newsroom.Effects, error) {
		verdict, fx, err := in.Classify(v, m, id, now)
		if err == nil {
			in.Log.Info("message", "id", id, "kind", verdict.Kind, "why", verdict.Why, "effects", len(fx), "authenticated", verdict.Authenticated.Why)
		}
		return verdict, fx, err
	})
	if err != nil {
		return "", err
	}
	return folder, nil
}

// Quarantine stores a message that could not be handled, and tells the operator.
// raw is nil for one that could not even be fetched.
func (in *Intake) Quarantine(ctx context.Context, uidValidity, uid uint32, raw []byte, cause error) error {
	now := in.Now()
	if raw == nil {
		raw = []byte{} // the store has an empty message, not none
	}
	sum := sha256.Sum256(raw)
	a := Arrival{UIDValidity: uidValidity, UID: uid, ContentHash: hex.EncodeToString(sum[:]), At: now, Raw: raw}
	_, err := in.store.Receive(ctx, a, func(v View, id int64) (Verdict, newsroom.Effects, error) {
		verdict := Verdict{Kind: Quarantined, Why: cause.Error(), Folder: FolderQuarantine}
		answered, _, err := v.Answers(in.service.Operator.Address, now.Add(-time.Hour))
		if err != nil || answered >= knownCeiling {
			return verdict, nil, err
		}
		fx, err := in.service.TellOperator(v, "quarantined", now, map[string]string{
			"message": fmt.Sprint(id), "cause": cause.Error(),
		})
		return verdict, fx, err
	})
	if err != nil {
		return err
	}
	in.Log.Warn("message quarantined", "uid", uid, "error", cause)
	return nil
}

// contentHash names what a person wrote, whichever way it came: the fields that
// no server on the way adds or changes, and the body.
func contentHash(m *message.Message, raw []byte) string {
	h := sha256.New()
	for _, name := range []string{"From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To"} {
		fmt.Fprintf(h, "%s: %q\n", name, m.Header.Values(name))
	}
	if handle, found := findHandleIn(m, func(name string) bool { return addedOnDelivery[name] }); found {
		fmt.Fprintf(h, "delivered: %c %d\n", handle.Purpose, handle.Number) // one mail may go to several
	}
	h.Write(bodyOf(raw))
	return hex.EncodeToString(h.Sum(nil))
}

// answerHash names an answer whichever way it comes: by its author, Date, body and the
// request that it answers, "" without one of these. A copy of a signed answer has the same,
// whatever fields were added to it or signatures taken off, since a signature that counts
// covers all four. White space is left out, in which a copy may differ (RFC 6376, section
// 3.4.4).
func answerHash(m Inbound, handle token.Handle) string {
	author := m.Author().Address
	if author == "" || m.Date.IsZero() {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%d\n%c %d\n", author.Key(), m.Date.Unix(), handle.Purpose, handle.Number)
	for word := range bytes.FieldsSeq(bodyOf(m.raw)) {
		fmt.Fprintf(h, "%s\n", word)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// bodyOf is what follows the first empty line, whatever its line ends.
func bodyOf(raw []byte) []byte {
	for line := range bytes.Lines(raw) {
		raw = raw[len(line):]
		if len(bytes.Trim(line, "\r\n")) == 0 {
			return raw
		}
	}
	return nil
}

// ReasonForged begins why nothing is done of an answer that the mailbox's server calls
// forged: it is not its sender's, and does not count among theirs.
const ReasonForged = "nothing is done: its sender may be forged"

const neverIssued = "the handle was never issued"
