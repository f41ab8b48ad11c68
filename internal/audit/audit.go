// Package audit is the log of what was received, decided, corrected, signed and sent. A
// later change of the log can be detected.
//
// The log is a chain of rows, numbered from 1 without gaps. A row records the time, the
// kind of event and the numbers concerned (item, revision, issue, proof, message,
// request), the hash of the row before it and its own hash:
//
//	hash(n) = SHA-256(domain, hash(n-1), n, instant, kind, numbers, commitment(n))
//
// The row's Text says who acted, in which words, by which mail and how they were
// authenticated. The row holds only a commitment to it, HMAC-SHA256(key, text), with
// a key of 32 random octets that is stored beside the text and nowhere else.
//
// Erasing a person deletes the texts about them and their keys. The row still says
// what kind of thing happened, when, and to which numbers. Without its key a
// commitment reveals nothing of the text, not even to a guess. The chain does not
// change and still verifies. An erasure is itself a row, which lists the rows whose
// texts it deleted, so that Verify finds a text that is missing without a reason;
// the list shows that these rows were about one person.
//
// A row is appended in the transaction of what it records, so that after a crash
// both are there or neither.
//
// Verify finds rows that were changed, removed, inserted, moved or replaced, and
// texts that do not match their commitment. It cannot find by itself that somebody
// who can write to the store cut rows from the end, or recomputed the chain from some
// row on. For this, mails print the head, which is the hash of the last row at that
// time: Verify tells which row has a printed head as its hash, or that none has.
//
// The log proves nothing about what was not recorded, and its times are those of the
// program's clock. Begin reading at Seal and Verify; sqlite stores the rows.
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

// Kind is the kind of event that a row records. Kinds are hashed: they never change.
type Kind string

// The kinds of rows.
const (
	Began      Kind = "began"      // the log began; Since has the highest IDs of that time
	Received   Kind = "received"   // an item was received
	Revised    Kind = "revised"    // an item has a new revision
	Decided    Kind = "decided"    // Ref is the decision's number
	Challenged Kind = "challenged" // a decision waits for one more reply
	Confirmed  Kind = "confirmed"  // the reply came
	Moved      Kind = "moved"      // an item changed its state or issue; State is the new state
	Staged     Kind = "staged"     // an issue changed its state; State is the new state
	Proofed    Kind = "proofed"    // a proof was sent to the editors
	Voided     Kind = "voided"     // a proof is void, because the issue changed
	Signed     Kind = "signed"     // Ref is the signature's number
	Mailed     Kind = "mailed"     // a mailing was created; Ref is its number
	Halted     Kind = "halted"     // an issue's mailings were cancelled
	Steered    Kind = "steered"    // the operator paused, resumed, retried or cancelled (Verb) a mailing; Ref is its number, 0 for all
	Acted      Kind = "acted"      // an editor did something else; Verb says what
	Erased     Kind = "erased"     // texts were erased; Ref is their number
)

// Numbers are the IDs of what a row is about; 0 for none.
type Numbers struct {
	Item, Revision, Issue, Proof, Message, Request int64
	Ref                                            int64 // of the row that the kind names
}

// Watermark holds the highest IDs that existed when the log began. The log has no entries
// for these and lower ones.
type Watermark struct {
	Item      int64 `json:"item"`
	Decision  int64 `json:"decision"`
	Signature int64 `json:"signature"`
}

// Text is the part of an entry that may be personal and so may be erased. Its JSON form is
// hashed: its tags never change.
type Text struct {
	Person  string  `json:"person,omitempty"`  // the address of the person who acted
	Voice   string  `json:"voice,omitempty"`   // the address of the editor for whom a deputy acted
	Verb    string  `json:"verb,omitempty"`    // what they decided or did
	Reason  string  `json:"reason,omitempty"`  // their reason
	How     string  `json:"how,omitempty"`     // how they were authenticated
	Hash    string  `json:"hash,omitempty"`    // of the revision or the proof
	State   string  `json:"state,omitempty"`   // the new state of the item or issue
	Sender  string  `json:"sender,omitempty"`  // how the message's sender was authenticated
	Content string  `json:"content,omitempty"` // the message's content hash
	About   string  `json:"about,omitempty"`   // the address of the person concerned
	Undoes  int64   `json:"undoes,omitempty"`  // the decision taken back
	Erased  []int64 `json:"erased,omitempty"`  // the rows whose texts were erased

	Since *Watermark `json:"since,omitempty"`
}

// Octets returns the JSON form, which is stored and committed to.
func (t Text) Octets() []byte {
	b, err := json.Marshal(t)
	if err != nil {
		// A programming error: every field of Text can be encoded as JSON.
		panic("audit: text does not marshal: " + err.Error())
	}
	return b
}

// Entry is an event to record.
type Entry struct {
	Kind Kind
	At   time.Time
	Numbers
	Text
}

// Digest is a SHA-256 hash or an HMAC-SHA256.
type Digest [sha256.Size]byte

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Row is an entry in the chain. The zero Row precedes the first.
type Row struct {
	Seq  int64
	At   time.Time // to the millisecond
	Kind Kind
	Numbers
	Commitment Digest
	Prev       Digest
	Hash       Digest
}

// KeySize is the length of a key in octets.
const KeySize = 32

// Seal returns the row of an entry that follows prev. The key must be KeySize octets, new,
// from a secure random source.
func Seal(prev Row, e Entry, key []byte) Row {
	r := Row{
		Seq: prev.Seq + 1, At: e.At, Kind: e.Kind, Numbers: e.Numbers,
		Commitment: Commit(key, e.Octets()), Prev: prev.Hash,
	}
	r.Hash = r.digest()
	return r
}

// Commit returns the commitment to a text.
func Commit(key, text []byte) (d Digest) {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	h.Sum(d[:0])
	return d
}

// domain separates the hashes of rows from other hashes, and names the form of the row.
const domain = "infolettre audit row 1"

// digest computes the hash of the row. Every field has a fixed length or is preceded by its
// length, so that different rows never have the same input.
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

// minHead is the minimum of hexadecimal digits of a head that identify a row.
const minHead = 16

// ParseHead parses a printed head, or its first 16 or more hexadecimal digits. It ignores
// case and blanks.
func ParseHead(s string) (string, error) {
	head := strings.ToLower(strings.Join(strings.Fields(s), ""))
	if len(head) < minHead || len(head) > 2*sha256.Size || strings.Trim(head, "0123456789abcdef") != "" {
		return "", fmt.Errorf("%q is no head of the log: it has %d to %d hexadecimal digits", s, minHead, 2*sha256.Size)
	}
	return head, nil
}
