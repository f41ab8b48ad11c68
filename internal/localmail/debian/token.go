package debian

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"infolettre/internal/message"
)

// AccessToken returns an access token for an account, in the format of DovecotOptions.Bearer.
// number makes it unique.
func AccessToken(key []byte, account message.Address, number int, expires time.Time) string {
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(fmt.Appendf(nil,
		`{"sub":%q,"jti":"%d","iat":%d,"exp":%d}`, account, number, time.Now().Add(-time.Minute).Unix(), expires.Unix()))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + encode(mac.Sum(nil))
}
