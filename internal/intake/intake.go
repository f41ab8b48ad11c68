// Package intake decides what an inbound message is and what it does.
//
// A message is parsed first; one transaction then stores it raw and applies its effects. After a crash it is
// either in the store with all its effects, or still in the inbox. It is filed only after the
// commit. A message that comes again, because the filing failed or somebody sent it twice, is
// recognised by its place in the mailbox or by its Message-ID and content, and changes nothing.
//
// These are the kinds of messages, in the order in which they are tried. Spam,
// and a mail without a single author, is unknown before "automatic" is tried.
//
//	subscription   a person unsubscribes, by the keyed address in a mailing
//	bounce         a mail bounced, is delayed, or was delivered (package bounce);
//	               newsroom.Service.HandleBounce finds our mail and decides what follows
//	complaint      a person calls a mail spam; handled like a bounce
//	automatic      a machine wrote it: it decides nothing and is never answered; also a
//	               calendar's answer to an invitation, and Outlook's request to delete an
//	               earlier mail, which is left unread for the office
//	decision       a reply with the handle of a request
//	withdrawal     a reply with the handle of a receipt that withdraws the item
//	correction     any other reply with the handle of a receipt: thanks change nothing,
//	               files are added, a new text makes a revision, and the rest is
//	               forwarded to the editors (followup.go)
//	contribution   any other mail of a person with content; also an answer to a call
//	               for contributions
//	unknown        other mail of a person, left unread for the office; a contributor is
//	               told that it has no content. Gmail's reactions to a mail that asked
//	               for nothing are filed as handled
//
// Begin reading at Handle, which does the I/O, and Classify, which is pure and which the
// command explain calls too.
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

// Kind is what a message is, as the command explain prints it.
type Kind string

// Kinds of messages; the package comment describes them.
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

// Folders of the mailbox.
const (
	FolderDone       Folder = "done"  // handled
	FolderOther      Folder = "other" // for the office, unread
	FolderQuarantine Folder = "quarantine"
)

// Verdict says what a message is and why, in English.
type Verdict struct {
	Kind          Kind
	Why           string
	Folder        Folder
	Authenticated message.Authentication
	Missing       Missing             // what it lacked to do anything
	Answers       editorial.RequestID // the request that it answers, if its author got it; 0 for none
	Items         []item.ParsedItem   // of a contribution, or the corrected item
	Reply         editorial.Reply     // of a decision, a withdrawal or a correction
	Report        bounce.Report       // of a bounce or a complaint
}

// Missing says what a message lacked, so that it did nothing. A copy that lacks less is
// handled by itself, see Store.
type Missing int

// What a message may lack, from the least to the most.
const (
	MissingNothing      Missing = iota
	MissingConfirmation         // its author is not authenticated and is asked for one more reply
	MissingAuthenticity         // its author may be forged
	MissingPerson               // its fields show no person as its author, or not which one, or no request
)

// Arrival is a message as found in the mailbox.
type Arrival struct {
	UIDValidity, UID uint32
	MessageID        string // "" when the message has none
	ContentHash      string
	Server           string          // authserv-id of a server that wrote above its own Received field here; "" for none
	Answer           string          // see answerHash; "" for a message that answers no request
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
	// Receive stores the message and the effects of f, in one transaction. A known message is
	// not handled again, and the folder of the earlier verdict is returned: one with the same
	// place in the mailbox and the same octets, the same Message-ID and content, or the same
	// Answer. If all earlier copies lacked something, a copy that lacks less is handled.
	// Receive also records that the Server writes above its own Received field.
	Receive(ctx context.Context, a Arrival, f func(v View, id int64) (Verdict, newsroom.Effects, error)) (Folder, error)
}

// Options configure an Intake.
type Options struct {
	Sections   []item.Section
	Location   *time.Location
	AuthservID string // of the server that is trusted; "" for none
	Challenge  bool   // an unauthenticated decision is confirmed by one more reply
	Keys       Keys   // of DKIM signatures; nil to verify none
	Now        func() time.Time
	Log        *slog.Logger
}

// Intake handles messages.
type Intake struct {
	Options
	service  *newsroom.Service
	store    Store
	decoding *item.DecodeLimit
}

// Read is the function Read; messages read at the same time share a decoding.
func (in *Intake) Read(raw []byte) (Inbound, error) { return Read(raw, in.decoding) }

// New returns an intake.
func New(options Options, service *newsroom.Service, store Store) *Intake {
	return &Intake{Options: options, service: service, store: store, decoding: item.NewDecodeLimit()}
}

// Inbound is a message after all slow work on it: parsing, decoding, verifying.
type Inbound struct {
	*message.Message
	raw        []byte
	prepared   item.Prepared       // unless a machine wrote it
	written    editorial.ReplyText // of a message with a handle: its text and HTML parts as displayed
	signatures message.Signatures  // zero where they were not verified
	postponed  bool                // it was postponed and is handled now
	followup   bool                // it answers a receipt and is prepared for that
	repeated   int                 // its attached pictures that the item has already
	report     bounce.Report       // a bounce report, if it is one
}

// Read parses a message and prepares its text and pictures. It skips the preparation for a
// message with a handle, because only the store knows whether it was issued, see
// prepareFollowup. Its only error is message.Read's. Messages read at the same time share a
// decoding; nil is for a single one.
func Read(raw []byte, decoding *item.DecodeLimit) (Inbound, error) {
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
			in.written = editorial.ReplyText{Text: m.Emoji} // in whatever language Gmail describes it
		}
	} else {
		in.prepared = item.Prepare(m, decoding)
	}
	return in, nil
}

// Handle stores a message with all its effects and returns the folder to file it in.
func (in *Intake) Handle(ctx context.Context, uidValidity, uid uint32, m Inbound) (Folder, error) {
	if err := in.prepareFollowup(ctx, &m); err != nil {
		return "", err
	}
	now := in.Now()
	a := Arrival{
		UIDValidity: uidValidity, UID: uid, MessageID: m.ID, ContentHash: contentHash(m.Message, m.raw),
		From: m.Author().Address, At: now, Raw: m.raw,
	}
	if _, above := m.HasResultsBy(in.AuthservID); above {
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

// Quarantine stores a message that could not be handled and tells the operator. raw is nil
// for a message that could not be fetched.
func (in *Intake) Quarantine(ctx context.Context, uidValidity, uid uint32, raw []byte, cause error) error {
	now := in.Now()
	if raw == nil {
		raw = []byte{} // stored as an empty message, not as NULL
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

// contentHash identifies what a person wrote, whichever way it came: the fields that no
// server on the way adds or changes, and the body.
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

// answerHash identifies an answer, whichever way it comes, by its author, Date, body and
// request; "" without one of these. A copy of a signed answer has the same hash, whatever
// fields were added or signatures removed, because a signature that counts covers all four.
// White space is left out, because it may differ in a copy (RFC 6376, section 3.4.4).
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

// bodyOf returns what follows the first empty line, whatever the line ends are.
func bodyOf(raw []byte) []byte {
	for line := range bytes.Lines(raw) {
		raw = raw[len(line):]
		if len(bytes.Trim(line, "\r\n")) == 0 {
			return raw
		}
	}
	return nil
}

// ReasonForged begins the reason of an answer that the mailbox's server calls forged. It is
// not its sender's and does not count among their replies.
const ReasonForged = "nothing is done: its sender may be forged"

const neverIssued = "the handle was never issued"
