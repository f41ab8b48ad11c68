// Package message reads and writes electronic mail. It keeps no state and does no input or
// output: bytes come in, bytes go out.
//
// Reading is tolerant, because thousands of programs write mail. A missing, repeated or
// garbled header field, a wrong charset and a truncated part all give a Message with what
// could be understood. Only a mail that passes a bound of size (Limits) is refused, before
// the MIME library reads it, with a *LimitError.
//
// Judging is strict, because decisions depend on it. A From field that can be read in two
// ways names nobody (Message.Author), any one mark makes a mail automatic
// (Message.Automatic), and only authentication results of the mailbox's own servers count
// (Message.Authentication).
//
// Writing is deterministic: the same Outbound gives the same bytes, so that a mail
// rendered again after a crash is the same mail.
//
// Message.Written finds what a reply says, from its text and its HTML, by tables of how mail
// programs introduce a quotation; Message.Visible is its text alone; Message.ExtractBody strips quotations, signature and boilerplate.
// The words are in languages/, a file for each language. Begin reading at Read in read.go,
// and at Outbound in outbound.go.
package message
