package newsroom

import (
	"errors"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// DeskUser is somebody at the desk: an editor, or the deputy of one who is away.
type DeskUser struct {
	Person   message.Mailbox
	Language string
	For      message.Address // the editor whose voice they have, "" for their own
}

// ActsFor is the editor whose word theirs is.
func (s DeskUser) ActsFor() message.Address {
	if s.For != "" {
		return s.For
	}
	return s.Person.Address
}

// DeskUser is whom an address decides as at an instant; false for nobody. Who has the
// voices of several editors speaks for the first: no person counts twice.
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

// SignIn is one link to the desk, mailed to who asked for it. It opens once, for a
// while, and only in the browser that asked.
type SignIn struct {
	ID      int64
	Person  message.Address
	Browser string // SHA-256, in hexadecimal, of the secret that this browser was given
	Created time.Time
	Expires time.Time
	Used    time.Time // zero when it was not
}

// Handle is the one in its link: like all handles, it is computed and never stored.
func (s SignIn) Handle(secret token.Secret) token.Handle {
	return secret.Handle(token.SignIn, s.ID, string(s.Person), s.Browser)
}

// Session is somebody's being signed in, in one browser.
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

// topicSignIn is that of the letter with the link.
const topicSignIn = "sign-in"

// RequestSignIn mails the link to somebody who has a seat. No effects mean that they have none,
// and that the link is not to be kept. How often somebody may ask is the caller's to say,
// who says it to everybody alike.
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

// Errors of Enter.
var (
	// ErrOtherBrowser reports a link that another browser asked for.
	ErrOtherBrowser = errors.New("another browser asked for this link")
	// ErrLinkUsed reports a link that was used.
	ErrLinkUsed = errors.New("the link was used")
	// ErrLinkExpired reports a link whose time is over.
	ErrLinkExpired = errors.New("the link has expired")
)

// CompleteSignIn says whether a link opens the desk in a browser, and for whom. ErrNotFound
// reports one that was never made, or that is of somebody who has no seat now.
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
