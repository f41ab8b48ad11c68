package editorial

import (
	"errors"
	"time"

	"infolettre/internal/message"
)

// Proof is the content of an issue that editors are asked to sign.
type Proof struct {
	ID      int64
	Issue   int64
	Hash    string
	Created time.Time
	Voided  time.Time // zero while it is current
}

// Signature is one editor's permission to send the content.
type Signature struct {
	Proof   int64
	Editor  message.Address // whose vote it is
	By      message.Address // the deputy who signed; "" for the editor
	Hash    string
	At      time.Time
	Message int64
	How     string
}

// Signer returns the person who signed.
func (s Signature) Signer() message.Address {
	if s.By != "" {
		return s.By
	}
	return s.Editor
}

var (
	// ErrVoid reports a signature for a content that has changed since.
	ErrVoid = errors.New("the issue was changed since this proof")
	// ErrSigned reports an issue that needs no further signature.
	ErrSigned = errors.New("the issue is already signed")
)

// CountSignature reports whether a proof has a quorum of different votes after one more
// signature. It returns ErrVoid for a signature of another hash or a voided proof, and
// ErrSigned if the quorum is reached already or the person has signed before.
func CountSignature(p Proof, earlier []Signature, s Signature, rules Rules) (complete bool, err error) {
	if !p.Voided.IsZero() || s.Hash != p.Hash || s.Proof != p.ID {
		return false, ErrVoid
	}
	votes, has := 0, map[string]bool{}
	for _, e := range earlier {
		if e.Proof == p.ID && e.Hash == p.Hash {
			votes++
			has[e.Editor.Key()], has[e.Signer().Key()] = true, true
		}
	}
	if has[s.Editor.Key()] || has[s.Signer().Key()] || votes >= rules.ProofQuorum {
		return votes >= rules.ProofQuorum, ErrSigned
	}
	return votes+1 >= rules.ProofQuorum, nil
}
