package newsroom

import (
	"errors"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// DeskUser is a person at the desk: an editor, or the deputy of one who is away.
type DeskUser struct {
	Person   message.Mailbox
	Language string
	For      message.Address // the editor they act for; "" for themselves
}

// ActsFor returns the editor for whom this person decides.
func (s DeskUser) ActsFor() message.Address {
	if s.For != "" {
		return s.For
	}
	return s.Person.Address
}

// DeskUser returns the person with an address and the editor for whom they may act at a time;
// false for nobody. A deputy of several editors acts for the first, so that no person counts
// twice.
func (s *Service) DeskUser(v View, a message.Address, now time.Time) (DeskUser, bool, error) {
	if e, ok := s.Editor(a); ok {
		return DeskUser{e.Mailbox, s.Language(e.Language), ""}, true, nil
	}
	all, err := s.deciders(v, now)
	for _, decider := range all {
		if decider.For != "" && decider.Address.Equal(a) {
			return DeskUser{decider.Mailbox, decider.Language, decider.For}, true, err
		}
	}
	return DeskUser{}, false, err
}

// SignIn is a link to the desk, mailed to the person who asked for it. It works once, for a
// limited time, and only in the browser that asked.
type SignIn struct {
	ID      int64
	Person  message.Address
	Browser string // SHA-256, in hexadecimal, of the secret that this browser was given
	Created time.Time
	Expires time.Time
	Used    time.Time // zero if unused
}

// Handle returns the handle in the link. Like all handles it is computed and never stored.
func (s SignIn) Handle(secret token.Secret) token.Handle {
	return secret.Handle(token.SignIn, s.ID, string(s.Person), s.Browser)
}

// Session is a person signed in with one browser.
type Session struct {
	Key     string // SHA-256, in hexadecimal, of the secret that this browser was given
	Person  message.Address
	Created time.Time
	Expires time.Time
}

// Lifetimes at the desk.
const (
	SignInLife  = 15 * time.Minute
	SessionLife = 12 * time.Hour
)

// topicSignIn is the topic of the letter with the link.
const topicSignIn = "sign-in"

// RequestSignIn mails the link to a person who may use the desk. Without effects they may
// not, and the link must not be stored. The caller limits how often a person may ask, and
// answers everybody alike.
func (s *Service) RequestSignIn(v View, link SignIn) (Effects, error) {
	user, may, err := s.DeskUser(v, link.Person, link.Created)
	if err != nil || !may {
		return nil, err
	}
	id, err := v.Next(SeqLetter)
	if err != nil {
		return nil, err
	}
	return Effects{QueueLetter{Until: link.Expires, Letter: delivery.Letter{
		ID: delivery.LetterID(id), Kind: delivery.KindConfirm, Topic: topicSignIn, To: user.Person, Language: user.Language,
		Created: link.Created, Args: map[string]string{"link": itoa(int(link.ID)), "browser": link.Browser},
	}}}, nil
}

// Errors of CompleteSignIn.
var (
	// ErrOtherBrowser reports a link that another browser asked for.
	ErrOtherBrowser = errors.New("another browser asked for this link")
	// ErrLinkUsed reports a link that was used.
	ErrLinkUsed = errors.New("the link was used")
	// ErrLinkExpired reports a link whose time is over.
	ErrLinkExpired = errors.New("the link has expired")
)

// CompleteSignIn returns the person whom a link signs in with a browser. It returns
// ErrNotFound for a link that was never issued or of a person who may not use the desk now,
// and ErrOtherBrowser, ErrLinkUsed or ErrLinkExpired.
func (s *Service) CompleteSignIn(v View, link SignIn, h token.Handle, browser string, now time.Time) (DeskUser, error) {
	if h.Purpose != token.SignIn || h.Number != link.ID || h.Short() || !s.Secret.Verify(h, string(link.Person), link.Browser) {
		return DeskUser{}, ErrNotFound
	}
	switch {
	case browser != link.Browser:
		return DeskUser{}, ErrOtherBrowser
	case !link.Used.IsZero():
		return DeskUser{}, ErrLinkUsed
	case !now.Before(link.Expires):
		return DeskUser{}, ErrLinkExpired
	}
	user, may, err := s.DeskUser(v, link.Person, now)
	if err == nil && !may {
		err = ErrNotFound
	}
	return user, err
}
