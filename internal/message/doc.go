// Package message reads and writes electronic mail. It does no input or output
// of its own: bytes come in, bytes go out.
//
// Reading is tolerant, because mail is written by thousands of programs: a
// missing, repeated or garbled header field, a charset that lies and a part
// that is cut short all give a Message with what could be understood. Only a
// mail that passes a bound of size (Limits) is refused, before the MIME library
// sees it, with a *LimitError.
//
// Judging is strict, because decisions hang on it. A From field that could be
// read in two ways names nobody (Message.Author), automatic mail is recognised by
// any one of its marks (Message.Automatic), and only those authentication
// results count that the mailbox's own servers wrote (Message.Authentication).
//
// Writing is deterministic: the same Outbound gives the same bytes, so that a
// mail rendered again after a crash is the same mail.
//
// The visible text of a reply (Message.Visible) is found by tables of the ways
// in which mail programs introduce a quotation, one row a language.
package message
