package intake

import (
	"errors"
	"slices"
	"strings"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// Ceilings on the answers to one address in an hour. They stop a loop between two machines
// that hide what they are; no person reaches them. Confirmations of what a known person
// ordered do not count, because there is only so much to order.
const (
	strangerCeiling = 1
	knownCeiling    = 30
)

// whyReaction is why a reaction does nothing when it answers no question.
const whyReaction = "a reaction changes nothing"

// author is the author of a message, as far as known.
type author struct {
	message.Mailbox
	auth   message.Authentication
	signed bool // auth comes from a DKIM signature that was verified here
	person audience.Subscriber
	listed bool
	editor bool

	automaticMark string // the mark by which the mail may be automatic, or ""
}

// known reports an editor or a person of the people list, unless the mailbox's server calls
// the message forged.
func (a author) known() bool { return (a.listed || a.editor) && a.auth.Verdict != message.AuthFail }

// Classify says what a message is and what effects it has. id is its number in the store.
func (in *Intake) Classify(v View, m Inbound, id int64, now time.Time) (Verdict, newsroom.Effects, error) {
	verdict, fx, err := in.classify(v, m, id, now)
	if verdict.Missing == MissingNothing && len(fx) == 0 && (verdict.Kind == Automatic || verdict.Kind == Unknown) {
		verdict.Missing = MissingPerson
	}
	return verdict, fx, err
}

func (in *Intake) classify(v View, m Inbound, id int64, now time.Time) (Verdict, newsroom.Effects, error) {
	verdict := Verdict{Folder: FolderDone}
	auth, signed, err := in.Authenticated(v, m, now)
	if err != nil {
		return verdict, nil, err
	}
	verdict.Authenticated = auth
	handle, found := findHandle(m.Message)
	if found && handle.Purpose == token.Unsubscribe {
		fx, err := in.unsubscribe(v, handle, now)
		verdict.Kind, verdict.Why = Subscription, "its address unsubscribes"
		if fx == nil {
			verdict.Why = neverIssued
		}
		return verdict, fx, err
	}
	if m.reports() {
		return in.bounced(v, m, handle, verdict, id, now)
	}
	if m.IsRecall() {
		// It is not obeyed; the office reads it.
		verdict.Kind, verdict.Why, verdict.Folder = Automatic, "Outlook's request to delete an earlier mail", FolderOther
		return verdict, nil, nil
	}
	why, automatic := m.Automatic()
	if _, sure := m.MachineMade(); sure || automatic && found {
		verdict.Kind, verdict.Why = Automatic, why
		if !sure && handle.Purpose == token.Receipt {
			verdict.Why, verdict.Folder = "perhaps: "+why, FolderOther // people's mails may have the mark too
		}
		return verdict, nil, nil
	}
	if found && (handle.Purpose == token.Bounce || handle.Purpose == token.LetterPath) {
		verdict.Kind, verdict.Why = Automatic, "it came to a return path"
		return verdict, nil, nil
	}
	who, err := in.author(v, m.Message, verdict.Authenticated)
	if err != nil {
		return verdict, nil, err
	}
	who.signed = signed
	switch {
	case who.Address == "":
		verdict.Kind, verdict.Why, verdict.Folder = Unknown, "it names no one author", FolderOther
		return verdict, nil, nil
	case who.Address.Equal(in.service.Address.Address):
		verdict.Kind, verdict.Why = Automatic, "it is the newsletter's own"
		return verdict, nil, nil
	case m.IsSpam():
		verdict.Kind, verdict.Why, verdict.Folder = Unknown, "the mailbox's server marks it as spam", FolderOther
		return verdict, nil, nil
	case automatic:
		return in.perhapsAutomatic(v, m, who, verdict, why, id, now)
	case m.Reaction && !found:
		verdict.Kind, verdict.Why = Unknown, whyReaction
		return verdict, nil, nil
	case !found:
		return in.contribution(v, m, who, verdict, id, now)
	}
	switch handle.Purpose {
	case token.Decision, token.Queue, token.Plan, token.Proof, token.Outcome, token.Challenge, token.Receipt:
		return in.reply(v, m, who, handle, verdict, id, now)
	default:
		verdict.Kind, verdict.Why, verdict.Folder = Unknown, "it answers a mail that asked for nothing", FolderOther
		return verdict, nil, nil
	}
}

func (in *Intake) author(v View, m *message.Message, auth message.Authentication) (author, error) {
	who := author{Mailbox: m.Author(), auth: auth}
	if who.Address == "" {
		return who, nil
	}
	person, listed, err := v.Person(who.Address)
	if err != nil {
		return who, err
	}
	who.person, who.listed = person, listed
	if listed && person.Name != "" {
		who.Name = person.Name
	}
	e, editor := in.service.Editor(who.Address)
	if editor {
		who.editor, who.Name = true, e.Name
		if !listed {
			who.person.Language = e.Language
		}
	}
	return who, nil
}

// unsubscribe unsubscribes the person for whom the handle was made. The handle is enough,
// because the subscriber's mail program sends no more.
func (in *Intake) unsubscribe(v View, h token.Handle, now time.Time) (newsroom.Effects, error) {
	return in.service.Unsubscribe(v, h, "mail", now)
}

// contribution submits what a person sent. Items of unknown contributors, or of senders who
// may be forged, are held.
func (in *Intake) contribution(v View, m Inbound, who author, verdict Verdict, id int64, now time.Time) (Verdict, newsroom.Effects, error) {
	contributor := in.contributor(who) && who.automaticMark == ""
	guide := item.Guide{
		Sections: in.Sections, Location: in.Location, Sender: who.Mailbox, Centre: who.person.Centre,
		Language: in.service.Language(who.person.Language), Received: received(m.Message, now), Untitled: in.answersCall(m.Message),
	}
	items, err := item.FromMessage(m.prepared, guide)
	if unread := (*item.UnreadError)(nil); errors.As(err, &unread) {
		return in.unreadable(v, who, unread, verdict, id, now)
	}
	if err != nil {
		verdict.Kind, verdict.Why, verdict.Folder = Unknown, err.Error(), FolderOther
		if !contributor {
			return verdict, nil, nil
		}
		fx, err := in.tellNothingIn(v, m, who, id, now)
		return verdict, fx, err
	}
	verdict.Kind, verdict.Items = Contribution, items
	switch {
	case contributor:
		verdict.Why = "its sender is a known contributor"
	case who.automaticMark != "":
		verdict.Why = "held: it may be automatic (" + who.automaticMark + ")"
	case who.auth.Verdict == message.AuthFail:
		verdict.Why = "held: its sender may be forged (" + who.auth.Why + ")"
	default:
		verdict.Why = "held: its sender is no known contributor"
	}
	answer := false
	if who.automaticMark == "" {
		if answer, err = in.mayAnswer(v, who, now); err != nil {
			return verdict, nil, err
		}
	}
	language := who.person.Language
	if language == "" {
		language = items[0].Language
	}
	fx, err := in.service.Submit(v, newsroom.SubmitInput{
		Message: id, Sender: who.Mailbox, Language: language, Items: items,
		Held: !contributor, SendReceipt: answer, At: now,
	})
	return verdict, fx, err
}

// unreadable answers a mail whose only content is files that cannot be read: its sender is
// told why and what to send instead. The editors are not asked; the office has the mail.
func (in *Intake) unreadable(v View, who author, unread *item.UnreadError, verdict Verdict, id int64, now time.Time) (Verdict, newsroom.Effects, error) {
	verdict.Kind, verdict.Why, verdict.Folder = Unknown, unread.Error(), FolderOther
	if who.automaticMark != "" {
		return verdict, nil, nil
	}
	may, err := in.mayAnswer(v, who, now)
	if err != nil || !may {
		return verdict, nil, err
	}
	fx, err := in.service.QueueLetter(v, delivery.Letter{
		Kind: delivery.KindNotice, Topic: "unreadable", To: who.Mailbox, Language: in.service.Language(who.person.Language),
		Message: id, Created: now, Args: map[string]string{"files": fileLines(unread.Files)},
	})
	return verdict, fx, err
}

// fileLines lists files for a letter, one on a line: the trouble, a tab and the name.
func fileLines(files []item.UnreadFile) string {
	lines := make([]string, len(files))
	for i, f := range files {
		lines[i] = string(f.Trouble) + "\t" + f.Name
	}
	return strings.Join(lines, "\n")
}

// tellNothingIn tells a contributor that their mail has no content, such as a forward that
// lost its original.
func (in *Intake) tellNothingIn(v View, m Inbound, who author, id int64, now time.Time) (newsroom.Effects, error) {
	const topic = "nothing-in"
	if n, err := v.LettersQueued(who.Address, topic, now.Add(-day)); err != nil || n >= maxUnclear {
		return nil, err
	}
	if may, err := in.mayAnswer(v, who, now); err != nil || !may {
		return nil, err
	}
	return in.service.QueueLetter(v, delivery.Letter{
		Kind: delivery.KindNotice, Topic: topic, To: who.Mailbox, Language: in.service.Language(who.person.Language),
		Message: id, Created: now, Args: map[string]string{"text": excerpt(m.Subject)},
	})
}

// answersCall reports an answer to a call for contributions. Its subject is the call's and
// says nothing about the content.
func (in *Intake) answersCall(m *message.Message) bool {
	if _, answers, _ := message.CutSubject(m.Subject); !answers {
		return false
	}
	for _, id := range slices.Concat(m.InReplyTo, m.References) {
		a := message.Address(id)
		if strings.HasPrefix(a.Local(), newsroom.CallPrefix) && strings.EqualFold(a.Domain(), in.service.Address.Address.Domain()) {
			return true
		}
	}
	return false
}

// perhapsAutomatic handles a mail with a mark of automatic mail that people's mails may have
// too: a contribution is held and not answered, other mail is left to the office.
func (in *Intake) perhapsAutomatic(v View, m Inbound, who author, verdict Verdict, mark string, id int64, now time.Time) (Verdict, newsroom.Effects, error) {
	if !in.contributor(who) || len(m.InReplyTo)+len(m.References) > 0 {
		verdict.Kind, verdict.Why, verdict.Folder = Automatic, "perhaps: "+mark, FolderOther
		return verdict, nil, nil
	}
	who.automaticMark = mark
	return in.contribution(v, m, who, verdict, id, now)
}

// contributor reports an author whose mails are contributions.
func (in *Intake) contributor(who author) bool {
	return who.known() && (who.person.Contributor() || who.editor)
}

// received returns the time from which dates without a year are counted: the mail's Date,
// unless it is plainly wrong.
func received(m *message.Message, now time.Time) time.Time {
	if age := now.Sub(m.Date); m.Date.IsZero() || age < -24*time.Hour || age > 30*24*time.Hour {
		return now
	}
	return m.Date
}

// mayAnswer says whether the author may be written to: a known person, or one whose domain
// authenticates them, and neither more often than their ceiling.
func (in *Intake) mayAnswer(v View, who author, now time.Time) (bool, error) {
	ceiling := knownCeiling
	if !who.known() {
		if who.auth.Verdict != message.AuthPass {
			return false, nil
		}
		ceiling = strangerCeiling
	}
	all, done, err := v.Answers(who.Address, now.Add(-time.Hour))
	if who.known() {
		all -= done
	}
	return all < ceiling, err
}
