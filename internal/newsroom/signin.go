package newsroom

import (
	"errors"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/message"
	"infolettre/internal/token"
)

// Seat is somebody at the desk: an editor, or the deputy of one who is away.
type Seat struct {
	Person   message.Mailbox
	Language string
	For      message.Address // the editor whose voice they have, "" for their own
}

// Voice is the editor whose word theirs is.
func (s Seat) Voice() message.Address {
	if s.For != "" {
		return s.For
	}
	return s.Person.Address
}

// Seat is whom an address decides as at an instant; false for nobody. Who has the
// voices of several editors speaks for the first: no person counts twice.
func (r *Room) Seat(v View, a message.Address, now time.Time) (Seat, bool, error) {
	if e, ok := r.Editor(a); ok {
		return Seat{e.Mailbox, r.Language(e.Language), ""}, true, nil
	}
	all, err := r.desk(v, now)
	for _, one := range all {
		if one.For != "" && one.Address.Equal(a) {
			return Seat{one.Mailbox, one.Language, one.For}, true, err
		}
	}
	return Seat{}, false, err
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

// AskIn mails the link to somebody who has a seat. No effects mean that they have none,
// and that the link is not to be kept. How often somebody may ask is the caller's to say,
// who says it to everybody alike.
func (r *Room) AskIn(v View, s SignIn) (Effects, error) {
	seat, may, err := r.Seat(v, s.Person, s.Created)
	if err != nil || !may {
		return nil, err
	}
	id, err := v.Next(Letter)
	if err != nil {
		return nil, err
	}
	return Effects{QueueLetter{Until: s.Expires, Letter: delivery.Letter{
		ID: delivery.LetterID(id), Kind: delivery.KindConfirm, Topic: topicSignIn, To: seat.Person, Language: seat.Language,
		Created: s.Created, Args: map[string]string{"link": itoa(int(s.ID)), "browser": s.Browser},
	}}}, nil
}

// Errors of Enter.
var (
	// ErrOtherBrowser reports a link that another browser asked for.
	ErrOtherBrowser = errors.New("another browser asked for this link")
	// ErrLinkUsed reports a link that was used.
	ErrLinkUsed = errors.New("the link was used")
	// ErrLinkOld reports a link whose time is over.
	ErrLinkOld = errors.New("the link has expired")
)

// Enter says whether a link opens the desk in a browser, and for whom. ErrUnknown
// reports one that was never made, or that is of somebody who has no seat now.
func (r *Room) Enter(v View, s SignIn, h token.Handle, browser string, now time.Time) (Seat, error) {
	if h.Purpose != token.SignIn || h.Number != s.ID || h.Short() || !r.Secret.Verify(h, string(s.Person), s.Browser) {
		return Seat{}, ErrUnknown
	}
	switch {
	case browser != s.Browser:
		return Seat{}, ErrOtherBrowser
	case !s.Used.IsZero():
		return Seat{}, ErrLinkUsed
	case !now.Before(s.Expires):
		return Seat{}, ErrLinkOld
	}
	seat, may, err := r.Seat(v, s.Person, now)
	if err == nil && !may {
		err = ErrUnknown
	}
	return seat, err
}
