package bounce

import (
	"regexp"
	"strings"

	"infolettre/internal/message"
)

// notice is the prose of a mail that may be a report.
type notice struct {
	text        string          // the server's words, without the returned mail
	returned    message.Header  // of a mail that the text returns
	failedField message.Address // the one address in X-Failed-Recipients
	failed      []message.Address
	senders     []message.Address // the notice's own recipients: the sender of the returned mail
	stage       stage             // at which the server refused, if known
	full        string            // text and the returned mail
}

func noticeOf(m *message.Message) notice {
	text := m.Text
	if strings.TrimSpace(text) == "" && m.HTML != "" {
		text = message.HTMLToText(clip(m.HTML, maxText))
	}
	n := notice{text: clip(text, maxText)}
	n.full = n.text
	if end, top := returnedAt(n.text); end >= 0 {
		n.returned = headerOf([]byte(clip(n.text[top:], maxHeader)))
		n.text = n.text[:end]
	}
	for _, value := range m.Header.Values("X-Failed-Recipients") {
		for _, piece := range strings.Split(clip(value, maxHeader), ",") {
			if a := validAddress(piece); a != "" && len(n.failed) < maxRecipients {
				n.failed = append(n.failed, a)
			}
		}
	}
	if len(n.failed) == 1 {
		n.failedField = n.failed[0]
	}
	n.senders = m.Recipients[:min(len(m.Recipients), 20)]
	n.stage = stageOf(n.text)
	return n
}

// returnedAt returns where a server's own words end and where the mail that it returns
// begins; -1 if the text returns none.
func returnedAt(text string) (end, top int) {
	end, top = -1, -1
	at := 0
	for line := range strings.Lines(text) {
		bare := strings.TrimRight(clip(line, 200), "\r\n")
		switch {
		case returnedSeparator.MatchString(bare):
			return at, at + len(line)
		case end < 0 && topOfMail.MatchString(bare):
			end, top = at, at // unless a separator follows
		}
		at += len(line)
	}
	return end, top
}

// systemMark reports whether the mail bears a mark of a mail system, and which.
func systemMark(m *message.Message) (why string, is bool) {
	if m.Header.Has("X-Failed-Recipients") {
		return "field X-Failed-Recipients", true
	}
	if why, made := m.MachineMade(); made {
		return why, true
	}
	for _, from := range []string{m.Header.Get("From"), m.ReturnPath} {
		if daemons.MatchString(from) || strings.TrimSpace(from) == "<>" {
			return "sent by the mail system", true
		}
	}
	return "", false
}

// daemons matches the names and local parts under which mail systems write.
var daemons = regexp.MustCompile(`(?i)mailer-?daemon|mail-daemon|\bpost_?master\b|double-bounce|microsoftexchange[0-9a-f]+@` +
	`|mail[ .]deliver(?:y|)[ .](?:sub)?system|system administrator|delivery (?:status|system)`)

// robots matches local parts that nobody reads. Such a sender is believed if both its
// subject and its words are those of a report.
var robots = regexp.MustCompile(`(?i)^(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|owner-.*|.*-(?:admin|owner|request|bounces?))$`)

// returnedSeparator matches the line between a server's words and the mail that it
// returns.
var returnedSeparator = regexp.MustCompile(`(?i)^[ \t>]*(?:` + strings.Join([]string{
	`-{2,} ?(?:this is a copy of|below this line is a copy|enclosed is a copy|the headers? of the original|original message|original mail|returned message|unsent message|message headers?|returned mail|forwarded message|undelivered message|message header).*`,
	`message headers? follows?\.?`,
	`original (?:message|headers?) follows?\.?`,
	`included is a copy of the message header:?`,
	`below is a copy of the original message:?`,
	`a copy of the (?:original )?message (?:is|follows)[^\n]*`,
	`the (?:original )?message(?: headers?)? (?:follows|was attached)[^\n]*`,
	`original message:`,
	`-{3,} ?(?:message d'origine|ursprüngliche nachricht|mensaje original|mensagem original|messaggio originale)[^\n]*`,
}, "|") + `)[ \t]*$`)

// topOfMail matches the first field of a returned mail that no separator announces.
var topOfMail = regexp.MustCompile(`^(?:Return-[Pp]ath: ?<|Received: (?:from|by) )`)

// bounceSubjects matches subjects of delivery reports; a row is a language.
var bounceSubjects = regexp.MustCompile(`(?i)` + strings.Join([]string{
	// English
	`undeliver(?:able|ed)|non-?deliver(?:y|able)|returned (?:mail|to sender)|mail (?:delivery|system error|failure|returned)|message delivery has failed|delivery (?:status|notification|failure|report|failed|problem|has failed|error|delayed|unsuccessful)|fail(?:ed|ure)(?: of)? (?:delivery|notice)|failure delivery|could not (?:be delivered|send message)|returning message|rejected: |nondeliverable|(?:are|is) not (?:a )?member|couldn't be delivered|warning: message .* delayed`,
	// French
	`non remis|non distribu|échec (?:de (?:la )?)?(?:remise|distribution|livraison)|remise (?:impossible|différée|retardée)|message non délivré|retour à l['’]expéditeur`,
	// German
	`unzustellbar|nicht zugestellt|zustellung|unzustellbarkeit`,
	// Portuguese, Spanish
	`não (?:foi )?entregue|falha na entrega|entrega (?:não|sem)|no se (?:pudo|puede) entregar|no entregado|correo devuelto|error de entrega`,
	// Italian
	`mancat[oa] (?:recapito|consegna)|non recapitat|impossibile recapitare|mancata ricezione`,
	// Japanese, Russian
	`エラー|送信できません|配信|сообщение не доставлено|недоставлен`,
}, "|"))

// saysBounce reports whether a subject is that of a delivery report.
func saysBounce(subject string) bool { return bounceSubjects.MatchString(clip(subject, 500)) }

// bouncePhrases matches the words with which servers begin; a row is a program or a family
// of programs. They are looked for only in mail of a mail system.
var bouncePhrases = regexp.MustCompile(`(?im)` + strings.Join([]string{
	// Exim and its descendants (GMX, 1&1, mail.ru, Zoho)
	`could not be delivered to (?:one or more|all) of(?:\s+its)?`,
	`recipient addresses that were\s+incorrectly constructed`,
	`not yet been delivered to one or more`, `^message \S+ has been frozen`,
	`^could not be delivered to one or more`,
	// qmail (QSBMF), Yahoo
	`^hi\. this is the (?:qmail|deliver)`, `i wasn't able to deliver your message`,
	`unable to deliver (?:your )?message to the following address`,
	// Postfix, and those who write like it
	`sorry to have to inform you that`, `could not\s+be delivered to one or more`,
	// sendmail and its elder versions
	`-{2,5} ?the following addresses had`, `transcript of session follows`,
	// Google, Microsoft
	`delivery to the following recipients? (?:failed|has been delayed|was aborted)`,
	`^(?:\*\* )?address not found`, `your message (?:wasn't|couldn't be|was not|could not be) delivered`,
	`did not reach (?:some or all of )?the (?:intended|following) recipient`, `could not be reached:`,
	`delivery has failed to these recipients`, `failed to deliver the following`,
	`échec de la remise (?:à|aux)`, `n['’]a pas pu être (?:remis|distribué|délivré)`,
	// OpenSMTPD, DragonFly, Courier, Amazon WorkMail
	`attempting to deliver a message`, `error delivering your mail`, `error occurred while trying to deliver`,
	`this is a delivery status notification from`,
	// Domino and Notes
	`was not delivered to:`, `^-+ ?failure reasons`,
	// gateways and filters
	`could not be delivered to:`, `message could not be delivered`, `unable to deliver message to`,
	`^delivery failed (?:\d+ attempts|for the following)`, `message could not be sent`,
	`following recipients did not receive`, `^error message below:`, `^received >>> [45]\d\d`, `-+ ?server message`,
	`you are not a member of this mailing list`, `cannot be delivered to the following`,
	`we had trouble delivering your message`, `returned permanent errors`, `could not be delivered because`,
	`^unknown user:`, `exceeds allowed size`, `^undeliverable to`,
	`was not delivered within`, `account is disabled`, `mailbox is full`,
	// German, Portuguese, Spanish, Italian
	`konnte nicht zugestellt werden`, `não (?:foi possível entregar|pôde ser entregue)`,
	`no (?:se )?ha podido (?:ser )?entrega`, `no se pudo entregar`, `non è stato possibile (?:recapitare|consegnare)`,
}, "|"))

// delayPhrases matches the words of a server that goes on trying.
var delayPhrases = regexp.MustCompile(`(?i)this is a warning message only|has been delayed|delivery (?:is )?(?:temporarily )?delayed|not yet been delivered|will (?:keep trying|continue to (?:try|be attempted)|be retried)|delivery attempts will continue|could not send message for past|no action is required on your part|you do not need to resend`)

// readNotice reads the prose of a server that sends no delivery status.
func readNotice(m *message.Message) (Report, bool) {
	why, daemon := systemMark(m) // daemon: one of their names in From is enough
	subject := saysBounce(m.Subject)
	robot := subject && len(m.From) == 1 && robots.MatchString(m.From[0].Address.Local()) && !isPerson(m)
	if !daemon && !robot {
		return Report{}, false // a person's mail, whose words need not be searched
	}
	n := noticeOf(m)
	phrase := bouncePhrases.MatchString(clip(n.text, 16<<10))
	switch {
	case daemon && isReport(m):
		why = "delivery report without status"
	case daemon && (subject && !isAnswer(m) || phrase):
	case daemons.MatchString(m.Header.Get("From")) && !forwarded.MatchString(m.Subject) && !isAnswer(m) && returnedHeader(m) != nil:
		why = "a mail returned by the mail system"
	case robot && phrase:
		why = "words of a delivery report"
	default:
		return Report{}, false
	}
	r := Report{Why: why}
	act := actionFailed
	if delayPhrases.MatchString(clip(n.text, 16<<10)) {
		act = actionDelayed
	}
	found := n.entries()
	for _, e := range found {
		about, recipient := e.text, Recipient{Address: e.address, Action: act}
		rest := ""
		if len(found) == 1 {
			rest = n.text
		}
		recipient.classify(about, "", rest, stageOf(about).or(n.stage))
		r.Recipients = append(r.Recipients, recipient)
	}
	if len(found) == 0 {
		recipient := Recipient{Action: act}
		recipient.classify("", "", n.text, n.stage)
		for _, recipient.Address = range n.failed {
			r.Recipients = append(r.Recipients, recipient)
		}
	}
	if len(r.Recipients) == 0 {
		recipient := Recipient{Address: n.transcriptRecipient(), Action: act}
		recipient.classify("", "", n.text, n.stage)
		r.Recipients = append(r.Recipients, recipient)
	}
	r.Kind = kindOf(r.Recipients)
	r.finish(m, nil, n.returned)
	return r, true
}

// isAnswer reports whether a field marks an automatic answer: vacation programs use a null
// return path too.
func isAnswer(m *message.Message) bool {
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply"} {
		if m.Header.Has(name) {
			return true
		}
	}
	return false
}

// isPerson reports whether a person's mail client marked the mail as an answer or a
// forward.
func isPerson(m *message.Message) bool {
	if m.Header.Has("X-MLServer") {
		return false // a list server refers to the post that it rejects
	}
	return m.Header.Has("References") || m.Header.Has("In-Reply-To") ||
		m.Header.Has("User-Agent") || m.Header.Has("X-Mailer") || forwarded.MatchString(m.Subject)
}

var forwarded = regexp.MustCompile(`(?i)^\s*(?:re|fwd?|tr|rv|enc|wg|aw|i) ?:`)
