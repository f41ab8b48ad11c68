// Package audit is the record of what was received, decided, corrected, signed
// and sent, kept so that a later change of it shows.
//
// The record is a chain of rows, numbered from 1 without gaps. A row says when
// something of which kind happened to which numbers (item, revision, issue,
// proof, message, request), and holds the hash of the row before it and its own:
//
//	hash(n) = SHA-256(domain, hash(n-1), n, instant, kind, numbers, commitment(n))
//
// Who it was, in which words, by which mail and how authenticated is the row's
// Text. The row holds only a commitment to it, HMAC-SHA256(key, text), with a key
// of 32 random octets that is kept beside the text and nowhere else.
//
// Erasing a person deletes the texts about them and the keys. What survives is
// that something of a kind happened then, to which numbers; without its key a
// commitment tells nothing of the text, not even to who guesses it. The chain
// does not change and still verifies. An erasure is a row itself that lists the
// rows whose texts it took, so that a text that is gone for no recorded reason is
// found; that these rows were about one person can be seen by it.
//
// A row is appended in the transaction of what it records, so after a crash both
// are there or neither.
//
// Verify finds rows that were changed, removed, inserted, moved or replaced, and
// texts that are not the ones committed to. It cannot by itself find that rows
// were cut from the end, or that the chain was computed anew from some row on by
// somebody who can write to the store: nothing in the store is out of their
// reach. Against them stands what left the house: the head, the hash of the last
// row, as printed in mails. A head that was printed once is the hash of a row for
// ever; Verify says which, or that there is none.
//
// The record proves nothing about what never came to it, and its instants are the
// program's clock's.
package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Kind is what happened.
type Kind string

const (
	Began      Kind = "began"      // the log did; Since says what there was before
	Received   Kind = "received"   // an item came in
	Revised    Kind = "revised"    // an item has a new revision
	Decided    Kind = "decided"    // Ref is the decision's number
	Challenged Kind = "challenged" // a decision waits for one more reply
	Confirmed  Kind = "confirmed"  // it came
	Moved      Kind = "moved"      // an item stands elsewhere; State says where
	Staged     Kind = "staged"     // an issue stands elsewhere; State says where
	Proofed    Kind = "proofed"    // a proof was laid before the editors
	Voided     Kind = "voided"     // it no longer shows the issue
	Signed     Kind = "signed"     // Ref is the signature's number
	Mailed     Kind = "mailed"     // a mailing was frozen; Ref is its number
	Halted     Kind = "halted"     // what waited of an issue's mailings was cancelled
	Steered    Kind = "steered"    // the operator said how sending goes on; Ref is the mailing's number, 0 for all; Verb says what
	Acted      Kind = "acted"      // something else that an editor did; Verb says what
	Erased     Kind = "erased"     // texts were; Ref is how many
)

// Numbers say what a row is about; 0 is none.
type Numbers struct {
	Item, Revision, Issue, Proof, Message, Request int64
	Ref                                            int64 // of the row that the kind names
}

// Watermark is the highest numbers that there were when the log began. Of what has
// these and lower ones it knows nothing.
type Watermark struct {
	Item      int64 `json:"item"`
	Decision  int64 `json:"decision"`
	Signature int64 `json:"signature"`
}

// Text is what of an entry may be personal, and so may be erased.
type Text struct {
	Person  string  `json:"person,omitempty"`  // the address of who did it
	Voice   string  `json:"voice,omitempty"`   // whose voice it was, where that is another's
	Verb    string  `json:"verb,omitempty"`    // what they said
	Reason  string  `json:"reason,omitempty"`  // and why
	How     string  `json:"how,omitempty"`     // how they were authenticated
	Hash    string  `json:"hash,omitempty"`    // of the revision, or of what the proof shows
	State   string  `json:"state,omitempty"`   // where the item or the issue stands after it
	Sender  string  `json:"sender,omitempty"`  // what the mailbox's server found of the message's sender
	Content string  `json:"content,omitempty"` // the message's content hash
	About   string  `json:"about,omitempty"`   // the address of whom it concerns
	Undoes  int64   `json:"undoes,omitempty"`  // the decision taken back
	Erased  []int64 `json:"erased,omitempty"`  // the rows whose texts an erasure took

	Since *Watermark `json:"since,omitempty"`
}

// Octets is the form that is kept and committed to.
func (t Text) Octets() []byte {
	b, err := json.Marshal(t)
	if err != nil {
		// Text has no field that JSON cannot hold.
		panic("audit: text does not marshal: " + err.Error())
	}
	return b
}

// Entry is something that happened, as it is to be recorded.
type Entry struct {
	Kind Kind
	At   time.Time
	Numbers
	Text
}

// Digest is a SHA-256 or an HMAC with it.
type Digest [sha256.Size]byte

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Row is an entry in the chain. The zero Row stands before the first.
type Row struct {
	Seq  int64
	At   time.Time // to the millisecond
	Kind Kind
	Numbers
	Commitment Digest
	Prev       Digest
	Hash       Digest
}

// KeySize is how many random octets a key has.
const KeySize = 32

// Seal makes the row for an entry that comes after prev. The key must be fresh
// from a secure source of randomness, KeySize octets.
func Seal(prev Row, e Entry, key []byte) Row {
	r := Row{
		Seq: prev.Seq + 1, At: e.At, Kind: e.Kind, Numbers: e.Numbers,
		Commitment: Commit(key, e.Octets()), Prev: prev.Hash,
	}
	r.Hash = r.digest()
	return r
}

// Commit is the commitment to a text.
func Commit(key, text []byte) (d Digest) {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	h.Sum(d[:0])
	return d
}

// domain keeps a row's hash from being one of anything else, and of another form
// of row.
const domain = "infolettre audit row 1"

// digest is the hash that the row should have. Every field is of fixed length or
// stands after its length, so that no two rows are written alike.
func (r Row) digest() Digest {
	b := make([]byte, 0, 256)
	text := func(s string) {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	text(domain)
	b = append(b, r.Prev[:]...)
	for _, n := range []int64{
		r.Seq, r.At.UnixMilli(), r.Item, r.Revision, r.Issue, r.Proof, r.Message, r.Request, r.Ref,
	} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	text(string(r.Kind))
	b = append(b, r.Commitment[:]...)
	return sha256.Sum256(b)
}

// minHead is how many hexadecimal digits of a head are enough to name a row.
const minHead = 16

// ParseHead reads a head as it was printed, or its beginning of at least 16
// hexadecimal digits, in either case and with blanks.
func ParseHead(s string) (string, error) {
	head := strings.ToLower(strings.Join(strings.Fields(s), ""))
	if len(head) < minHead || len(head) > 2*sha256.Size || strings.Trim(head, "0123456789abcdef") != "" {
		return "", fmt.Errorf("%q is no head of the log: it has %d to %d hexadecimal digits", s, minHead, 2*sha256.Size)
	}
	return head, nil
}
