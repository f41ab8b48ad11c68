package newsroom

import (
	"errors"
	"slices"
	"strings"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/message"
)

// DelegateInput is an editor's order that somebody decides in their absence.
type DelegateInput struct {
	Editor  Editor
	To      string // an address or a name, as the editor wrote it
	Until   string // the last day, in words
	Message int64
	How     string
	At      time.Time
}

var (
	// ErrNoDeputy reports a name that nobody, or more than one person, has on the people list
	// and among the editors.
	ErrNoDeputy = errors.New("nobody is known by that name")
	// ErrNoEnd reports a last day that cannot be read, is past, or is too far off.
	ErrNoEnd = errors.New("the last day is not understood")
)

// maxDelegation is how long a delegation may last.
const maxDelegation = 366 * 24 * time.Hour

// maxUntil bounds, in octets, the text from which the last day is read.
const maxUntil = 1000

// Delegate lets a person of the people list or another editor decide for an editor, from
// now to the end of a day, and tells that deputy. It has no effects for a delegation that
// is already in force. It returns ErrNoDeputy or ErrNoEnd without effects.
func (s *Service) Delegate(v View, in DelegateInput) (Effects, editorial.Delegation, error) {
	deputy, language, err := s.findDeputy(v, in.To)
	if err != nil || deputy.Address.Equal(in.Editor.Address) {
		return nil, editorial.Delegation{}, errors.Join(err, ErrNoDeputy)
	}
	if len(in.Until) > maxUntil {
		return nil, editorial.Delegation{}, ErrNoEnd
	}
	var last agenda.Date
	for _, f := range agenda.Find(in.Until, agenda.DateOf(in.At.In(s.Location)), "") {
		if !f.End.IsZero() {
			last = f.End
		}
	}
	until := time.Date(last.Year, last.Month, last.Day+1, 0, 0, 0, 0, s.Location)
	if last.IsZero() || !until.After(in.At) || until.Sub(in.At) > maxDelegation {
		return nil, editorial.Delegation{}, ErrNoEnd
	}
	if old, err := v.Delegation(in.Editor.Address); err != nil {
		return nil, editorial.Delegation{}, err
	} else if old.ActiveAt(in.At) && old.Deputy.Address.Equal(deputy.Address) && old.Until.Equal(until) {
		return nil, old, nil
	}
	made := editorial.Delegation{Editor: in.Editor.Address, Deputy: deputy, Since: in.At, Until: until, Message: in.Message}
	fx := Effects{AddDelegation{made}, Record{
		Kind: Delegated, At: in.At, By: in.Editor.Address, Message: in.Message, How: in.How,
		About: deputy.Address, Text: "until " + last.String(),
	}}
	letter, err := s.QueueLetter(v, delivery.Letter{
		Kind: delivery.KindNotice, Topic: "deputy", To: deputy, Language: s.Language(language, in.Editor.Language), Created: in.At,
		Args: map[string]string{"by": in.Editor.Name, "last": last.String()},
	})
	return append(fx, letter...), made, err
}

// EndDelegation ends an editor's delegation; no effects when there is none.
func (s *Service) EndDelegation(v View, editor message.Address, messageID int64, how string, now time.Time) (Effects, error) {
	d, err := v.Delegation(editor)
	if err != nil || !d.ActiveAt(now) {
		return nil, err
	}
	return Effects{EndDelegation{editor, now}, Record{Kind: Returned, At: now, By: editor, Message: messageID, How: how}}, nil
}

// findDeputy finds the person that an editor names, by address or by a unique name.
func (s *Service) findDeputy(v View, who string) (message.Mailbox, string, error) {
	who = strings.Trim(strings.TrimSpace(who), "<>.,;")
	if i, j := strings.IndexByte(who, '<'), strings.IndexByte(who, '>'); i >= 0 && j > i {
		who = who[i+1 : j]
	}
	if strings.Contains(who, "@") {
		if e, ok := s.Editor(message.Address(who)); ok {
			return e.Mailbox, e.Language, nil
		}
		p, listed, err := v.Person(message.Address(who))
		if err != nil || !listed {
			return message.Mailbox{}, "", errors.Join(err, ErrNoDeputy)
		}
		return message.Mailbox{Name: p.Name, Address: p.Address}, p.Language, nil
	}
	for _, e := range s.Editors {
		if foldName(e.Name) == foldName(who) {
			return e.Mailbox, e.Language, nil
		}
	}
	// A first name is enough among the editors, who know each other.
	named := slices.DeleteFunc(slices.Clone(s.Editors), func(e Editor) bool {
		return !slices.Contains(strings.Fields(foldName(e.Name)), foldName(who))
	})
	if len(named) == 1 {
		return named[0].Mailbox, named[0].Language, nil
	}
	people, err := v.Named(who)
	if err != nil || len(people) != 1 {
		return message.Mailbox{}, "", errors.Join(err, ErrNoDeputy)
	}
	return message.Mailbox{Name: people[0].Name, Address: people[0].Address}, people[0].Language, nil
}

func foldName(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
