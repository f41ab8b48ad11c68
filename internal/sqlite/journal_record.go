package sqlite

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"infolettre/internal/delivery"
)

// A journal record is a line of fields separated by tabs. The first field is one of these
// letters. The last field may hold tabs itself. The form must not change: the next version
// reads what this one wrote.
const (
	recordConn  = 'L'
	recordBegin = 'B'
	recordEnd   = 'E'
)

type recordWriter []byte

func (w *recordWriter) field(s string) {
	*w = append(append(*w, '\t'), s...)
}

func (w *recordWriter) number(n int64) {
	*w = strconv.AppendInt(append(*w, '\t'), n, 10)
}

// instant writes the zero time as 0.
func (w *recordWriter) instant(t time.Time) {
	if t.IsZero() {
		w.number(0)
		return
	}
	w.number(t.UnixMilli())
}

func (w *recordWriter) flag(b bool) {
	if b {
		w.number(1)
		return
	}
	w.number(0)
}

// connRecord records that a connection was opened.
func connRecord(id delivery.ConnID, at time.Time, peer string) []byte {
	w := recordWriter{recordConn}
	w.number(int64(id))
	w.instant(at)
	w.field(peer)
	return w
}

func (w *recordWriter) job(job delivery.Job) {
	w.field(string(job.Class))
	w.number(job.ID)
	w.number(int64(job.Claim))
}

// beginRecord records that the end of a mail is about to be written over a connection.
func beginRecord(job delivery.Job, connID delivery.ConnID, at time.Time) []byte {
	w := recordWriter{recordBegin}
	w.job(job)
	w.number(int64(connID))
	w.instant(at)
	return w
}

// endRecord records the outcome of an attempt.
func endRecord(job delivery.Job, o delivery.Outcome) []byte {
	w := make(recordWriter, 1, 160)
	w[0] = recordEnd
	w.job(job)
	w.field(string(o.State))
	w.instant(o.At)
	w.instant(o.Next)
	w.number(int64(o.Code))
	w.number(int64(o.Conn))
	w.instant(o.Began)
	w.flag(o.MaybeSent)
	w.field(string(o.Refused))
	w.field(o.Reply)
	return w
}

// recordReader reads fields in the order in which they were written.
type recordReader struct {
	rest []byte
	err  error
}

func (r *recordReader) last() string {
	s := string(r.rest)
	r.rest = nil
	return s
}

func (r *recordReader) field() string {
	field, rest, _ := bytes.Cut(r.rest, []byte{'\t'})
	r.rest = rest
	return string(field)
}

func (r *recordReader) number() int64 {
	n, err := strconv.ParseInt(r.field(), 10, 64)
	if err != nil && r.err == nil {
		r.err = err
	}
	return n
}

func (r *recordReader) instant() time.Time {
	if ms := r.number(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

// attempt is what the journal knows of one claim of one mail.
type attempt struct {
	mail
	claim int
	ended bool
	o     delivery.Outcome // if not ended, only its connection and when it began
}

func (r *recordReader) attempt() (a attempt) {
	a.class = delivery.Class(r.field())
	if a.class != delivery.ClassLetter && a.class != delivery.ClassDelivery && r.err == nil {
		r.err = fmt.Errorf("unknown class of mail %q", a.class)
	}
	a.id = r.number()
	a.claim = int(r.number())
	return a
}

// parseRecords returns the connections and the last attempt of each mail, in the order of
// the mails' last records.
func parseRecords(texts [][]byte) (conns []conn, attempts []attempt, err error) {
	last := map[mail]int{}
	for _, text := range texts {
		kind, fields, _ := bytes.Cut(text, []byte{'\t'})
		r := recordReader{rest: fields}
		var a attempt
		switch string(kind) {
		case string(recordConn):
			l := conn{id: delivery.ConnID(r.number()), at: r.instant(), peer: r.last()}
			conns = append(conns, l)
		case string(recordBegin):
			a = r.attempt()
			a.o.Conn, a.o.Began = delivery.ConnID(r.number()), r.instant()
		case string(recordEnd):
			a = r.attempt()
			a.ended = true
			a.o.State, a.o.At, a.o.Next = delivery.State(r.field()), r.instant(), r.instant()
			a.o.Code, a.o.Conn, a.o.Began = int(r.number()), delivery.ConnID(r.number()), r.instant()
			a.o.MaybeSent, a.o.Refused, a.o.Reply = r.number() == 1, delivery.Refusal(r.field()), r.last()
		default:
			return nil, nil, fmt.Errorf("read journal: unknown kind of record %q", kind)
		}
		if r.err != nil {
			return nil, nil, fmt.Errorf("read journal: %w", r.err)
		}
		if a.class == "" {
			continue
		}
		if i, known := last[a.mail]; known {
			attempts[i].class = "" // superseded
		}
		last[a.mail] = len(attempts)
		attempts = append(attempts, a)
	}
	kept := attempts[:0]
	for _, a := range attempts {
		if a.class != "" {
			kept = append(kept, a)
		}
	}
	return conns, kept, nil
}
