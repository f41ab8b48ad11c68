package editorial

import (
	"errors"
	"time"

	"infolettre/internal/message"
)

// Proof is one content of an issue put before the editors to be signed.
type Proof struct {
	ID      int64
	Issue   int64
	Hash    string
	Created time.Time
	Voided  time.Time // zero while it stands
}

// Signature is one editor's word that the content may be sent.
type Signature struct {
	Proof   int64
	Editor  message.Address // whose voice it is
	By      message.Address // the deputy who signed; "" for the editor
	Hash    string
	At      time.Time
	Message int64
	How     string
}

// Signer is the person who signed.
func (s Signature) Signer() message.Address {
	if s.By != "" {
		return s.By
	}
	return s.Editor
}

var (
	// ErrVoid reports a signature under a content that has changed since.
	ErrVoid = errors.New("the issue was changed since this proof")
	// ErrSigned reports an issue that needs no further signature.
	ErrSigned = errors.New("the issue is already signed")
)

// CountSignature says whether a proof has its quorum of different voices with one
// more signature; no person has two. It never counts a signature under another hash.
func CountSignature(p Proof, earlier []Signature, s Signature, rules Rules) (complete bool, err error) {
	if !p.Voided.IsZero() || s.Hash != p.Hash || s.Proof != p.ID {
		return false, ErrVoid
	}
	voices, has := 0, map[string]bool{}
	for _, e := range earlier {
		if e.Proof == p.ID && e.Hash == p.Hash {
			voices++
			has[e.Editor.Key()], has[e.Signer().Key()] = true, true
		}
	}
	if has[s.Editor.Key()] || has[s.Signer().Key()] || voices >= rules.ProofQuorum {
		return voices >= rules.ProofQuorum, ErrSigned
	}
	return voices+1 >= rules.ProofQuorum, nil
}
