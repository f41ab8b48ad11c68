// Package bounce reads what comes back after a mailing: delivery reports (RFC 3464), the
// prose of servers that ignore that standard, complaints of feedback loops (ARF, RFC
// 5965), delay warnings, success reports and automatic answers. It keeps no state and does
// no input or output.
//
// Read looks for the most formal evidence first. It believes a message/delivery-status or
// message/feedback-report part from any sender, because the part must be in the mail
// itself: a bounce that a person forwards is in an attachment, which Read does not open.
// It believes prose only if the mail bears a mark of a mail system (null return path,
// MAILER-DAEMON, X-Failed-Recipients) and says in a known way that something was not
// delivered. Everything else is ordinary mail, of Kind None.
//
// The reason, not the reply code, decides whether an address is dead: servers also answer
// 5.x.x for full boxes, policy and reputation. The table in reason.go therefore sorts the
// server's words; the reply code and the enhanced status (RFC 3463) decide only where the
// words say nothing. "No such user" alone kills no address: see confirmed. Extend the
// tables there and in notice.go for new servers.
//
// The package cannot know whether a report is forged. The caller checks that the returned
// mail was ours, by the address that the report came to or by a keyed field in
// Report.Returned. Begin reading at Read in report.go.
package bounce
