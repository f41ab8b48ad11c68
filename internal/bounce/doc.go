// Package bounce reads what comes back after a mailing: delivery reports
// (RFC 3464), the prose of the servers that ignore that standard, complaints of
// feedback loops (ARF, RFC 5965), delay warnings, success reports and automatic
// answers.
//
// Read looks for the most formal evidence first. A message/delivery-status or
// message/feedback-report part is believed whoever sent it, since it must stand
// in the mail itself: a bounce that a person forwards stands in an attachment
// and is not looked into. Prose is believed only where the mail bears a mark of
// a mail system (null return path, MAILER-DAEMON, X-Failed-Recipients) and says
// in one of the known ways that something was not delivered. Everything else is
// ordinary mail, which reads as Kind None.
//
// Whether an address is dead is a question of the reason, not of the reply code:
// full boxes, policy and reputation also answer 5.x.x. So the words of the
// server are sorted by the table in reason.go; its reply code and enhanced
// status (RFC 3463) decide where the words say nothing. "No such user" alone kills no
// address: see confirmed. The tables there and in notice.go are meant to be
// extended.
//
// The package believes the mail: it cannot know whether a report is forged.
// That the returned mail was ours is for the caller to find out, by the address
// that the report came to or by a keyed field in Report.Returned.
package bounce
