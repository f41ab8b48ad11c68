// Package config reads the configuration file, strictly: an unknown key, a missing key and an
// invalid value are errors that name the key and its line. It keeps no state; the file is read
// at each start. Only the command imports it; other packages get the few options that they
// need. Begin reading at Load; validate.go has the rules for the values.
package config

import (
	_ "embed" // the example
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Example is the annotated configuration that `init` writes.
//
//go:embed infolettre.example.toml
var Example string

// Config is the file as it is written. Parse fills the fields without a key.
type Config struct {
	Data       string        `toml:"data"`
	Newsletter Newsletter    `toml:"newsletter"`
	Mailbox    Mailbox       `toml:"mailbox"`
	Relay      Relay         `toml:"relay"`
	OAuth2     *OAuth2       `toml:"oauth2"`
	Web        Web           `toml:"web"`
	Schedule   ScheduleTable `toml:"schedule"`
	Reminders  Reminders     `toml:"reminders"`
	Issue      IssueTable    `toml:"infolettre"`
	Bounces    Bounces       `toml:"bounces"`
	Editorial  Editorial     `toml:"editorial"`
	Sections   []Section     `toml:"sections"`
	Editors    []Editor      `toml:"editors"`
	Segments   []Segment     `toml:"segments"`

	// Derived from the above.
	Location *time.Location `toml:"-"`
	File     string         `toml:"-"` // the path as given
	Dir      string         `toml:"-"` // the folder of the file; relative paths are relative to it
}

// Newsletter is the table newsletter.
type Newsletter struct {
	Name      string   `toml:"name"`
	Network   string   `toml:"network"`
	Address   string   `toml:"address"`
	ListID    string   `toml:"list_id"`
	Languages []string `toml:"languages"`
	Timezone  string   `toml:"timezone"`
	BaseURL   URL      `toml:"base_url"`
	Secret    Secret   `toml:"secret"`
	Operator  string   `toml:"operator"`
}

// Mailbox is the table mailbox.
type Mailbox struct {
	URL            URL      `toml:"url"`
	Password       Secret   `toml:"password"`
	OAuth2         *OAuth2  `toml:"oauth2"`
	Done           string   `toml:"done"`
	Other          string   `toml:"other"`
	Quarantine     string   `toml:"quarantine"`
	PlusAddressing bool     `toml:"plus_addressing"`
	AuthservID     string   `toml:"authserv_id"`
	Poll           Duration `toml:"poll"`
	NoAuth         string   `toml:"no_auth"`
	Verify         string   `toml:"verify"`
}

// VerifiesDKIM reports whether signatures are verified with keys from the DNS. Without the key
// verify, they are not for a mailbox on this machine, so that the network is asked nothing that
// the file does not ask for.
func (m Mailbox) VerifiesDKIM() bool {
	return m.Verify == "dkim" || m.Verify == "" && m.URL.URL != nil && !Loopback(m.URL.Hostname())
}

// Relay is the table relay.
type Relay struct {
	URL         URL             `toml:"url"`
	Password    Secret          `toml:"password"`
	OAuth2      *OAuth2         `toml:"oauth2"`
	Connections int             `toml:"connections"`
	Envelope    string          `toml:"envelope"`
	Rate        Rate            `toml:"rate"`
	PerDomain   map[string]Rate `toml:"per_domain"`
	DKIM        *DKIM           `toml:"dkim"`
}

// OAuth2 is the table mailbox.oauth2 or relay.oauth2, or the table oauth2. The latter serves
// the mailbox and the relay if they have a user and neither a password nor a table of their
// own; Parse then sets it there.
type OAuth2 struct {
	Name         string `toml:"-"` // of the table, for messages
	TokenURL     URL    `toml:"token_url"`
	ClientID     string `toml:"client_id"`
	ClientSecret Secret `toml:"client_secret"`
	RefreshToken Secret `toml:"refresh_token"`
	Scope        string `toml:"scope"`
}

// DKIM is the table relay.dkim.
type DKIM struct {
	Domain   string    `toml:"domain"`
	Selector string    `toml:"selector"`
	Key      Secret    `toml:"key"`
	Also     *DKIMAlso `toml:"also"`
}

// DKIMAlso is the table relay.dkim.also: a second key for the same domain.
type DKIMAlso struct {
	Selector string `toml:"selector"`
	Key      Secret `toml:"key"`
}

// Web is the table web.
type Web struct {
	Listen string `toml:"listen"`
}

// ScheduleTable is the table schedule.
type ScheduleTable struct {
	Calls []Distance `toml:"calls"`
	Close string     `toml:"close"`
	Proof string     `toml:"proof"`
	Send  string     `toml:"send"`
	Queue string     `toml:"queue"`
	Grace Duration   `toml:"grace"`
}

// Reminders is the table reminders.
type Reminders struct {
	Before   []Distance `toml:"before"`
	At       Clock      `toml:"at"`
	Internal []string   `toml:"internal"`
	External []string   `toml:"external"`
}

// IssueTable is the table infolettre.
type IssueTable struct {
	Segments []string `toml:"segments"`
	Internal []string `toml:"internal"`
	MinItems int      `toml:"min_items"`
}

// Bounces is the table bounces.
type Bounces struct {
	Soft int      `toml:"soft"`
	Over Duration `toml:"over"`
}

// Editorial is the table editorial.
type Editorial struct {
	Quorum        int            `toml:"quorum"`
	SectionQuorum map[string]int `toml:"section_quorum"`
	ProofQuorum   int            `toml:"proof_quorum"`
	SelfApproval  bool           `toml:"self_approval"`
	Undo          Duration       `toml:"undo"`
	Escalate      Duration       `toml:"escalate"`
}

// Section is one of the tables sections.
type Section struct {
	Key   string            `toml:"key"`
	Title map[string]string `toml:"title"`
	Words []string          `toml:"words"`
}

// Editor is one of the tables editors.
type Editor struct {
	Name     string `toml:"name"`
	Email    string `toml:"email"`
	Title    string `toml:"title"`
	Language string `toml:"language"`
}

// Segment is one of the tables segments.
type Segment struct {
	Name string   `toml:"name"`
	Any  []string `toml:"any"`
	All  []string `toml:"all"`
	None []string `toml:"none"`
}

// KeyError reports an invalid value: the key, its line and the reason.
type KeyError struct {
	File string
	Line int // 0 if the key is not in the file
	Key  string
	Err  error
}

func (e *KeyError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s: %v", e.File, e.Key, e.Err)
	}
	return fmt.Sprintf("%s:%d: %s: %v", e.File, e.Line, e.Key, e.Err)
}

func (e *KeyError) Unwrap() error { return e.Err }

// defaults returns the values of keys that may be left out.
func defaults() *Config {
	return &Config{
		Data: "data",
		Mailbox: Mailbox{
			Done: "InfoLettre/Done", Other: "InfoLettre/Other", Quarantine: "InfoLettre/Quarantine",
			PlusAddressing: true, Poll: Duration(5 * time.Minute), NoAuth: "challenge",
		},
		Relay:     Relay{Connections: 8, Envelope: "verp"},
		Web:       Web{Listen: "127.0.0.1:8080"},
		Schedule:  ScheduleTable{Queue: "0 8 * * 1-5", Grace: Duration(7 * 24 * time.Hour)},
		Issue:     IssueTable{MinItems: 3},
		Bounces:   Bounces{Soft: 3, Over: Duration(14 * 24 * time.Hour)},
		Editorial: Editorial{Quorum: 1, ProofQuorum: 1, Undo: Duration(2 * time.Hour), Escalate: Duration(7 * 24 * time.Hour)},
	}
}

// Load reads and validates a file. Its error joins one *KeyError for each wrong key.
func Load(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, string(text))
}

// Parse reads a configuration from a text. path names it in errors, and relative paths in the
// text are relative to its folder.
func Parse(path, text string) (*Config, error) {
	c := defaults()
	d := toml.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		return nil, decodeError(path, err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	c.File, c.Dir = path, filepath.Dir(abs)
	c.Data = c.path(c.Data)
	if len(c.Sections) == 0 {
		c.Sections = DefaultSections()
	}
	v := validator{file: path, text: text, c: c}
	c.shareOAuth2()
	v.check()
	var errs []error
	for _, e := range v.errs {
		errs = append(errs, e)
	}
	return c, errors.Join(errs...)
}

// shareOAuth2 names the OAuth2 tables and assigns the common one.
func (c *Config) shareOAuth2() {
	for name, table := range map[string]*OAuth2{"oauth2": c.OAuth2, "mailbox.oauth2": c.Mailbox.OAuth2, "relay.oauth2": c.Relay.OAuth2} {
		if table != nil {
			table.Name = name
		}
	}
	if c.OAuth2 == nil {
		return
	}
	if c.Mailbox.OAuth2 == nil && c.Mailbox.Password == "" {
		c.Mailbox.OAuth2 = c.OAuth2
	}
	if c.Relay.OAuth2 == nil && c.Relay.Password == "" && c.Relay.URL.URL != nil && c.Relay.URL.User.Username() != "" {
		c.Relay.OAuth2 = c.OAuth2
	}
}

// decodeError converts an error of the decoder to one that names the key and the line.
func decodeError(path string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		var errs []error
		for _, e := range strict.Errors {
			line, _ := e.Position()
			errs = append(errs, &KeyError{path, line, strings.Join(e.Key(), "."), errors.New("unknown key")})
		}
		return errors.Join(errs...)
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		line, _ := decode.Position()
		key := strings.Join(decode.Key(), ".")
		reason := strings.TrimPrefix(decode.Error(), "toml: ")
		if key == "" {
			return fmt.Errorf("%s:%d: %s", path, line, reason)
		}
		return &KeyError{path, line, key, errors.New(reason)}
	}
	return fmt.Errorf("%s: %w", path, err)
}

// path makes a path in the file absolute.
func (c *Config) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.Dir, p)
}

// ReadSecret returns the value of a secret without blanks around it.
func (c *Config) ReadSecret(s Secret) (string, error) {
	kind, name, _ := strings.Cut(string(s), ":")
	switch kind {
	case "":
		return "", nil
	case "env":
		v, ok := os.LookupEnv(name)
		if !ok {
			return "", fmt.Errorf("the environment has no variable %s", name)
		}
		return strings.TrimSpace(v), nil
	case "file":
		b, err := os.ReadFile(c.path(name))
		return strings.TrimSpace(string(b)), err
	}
	return "", errors.New("a secret must be env:NAME or file:PATH")
}

// SecretFiles returns the files that contain secrets, each once.
func (c *Config) SecretFiles() []string {
	secrets := []Secret{c.Newsletter.Secret, c.Mailbox.Password, c.Relay.Password}
	for _, o := range []*OAuth2{c.OAuth2, c.Mailbox.OAuth2, c.Relay.OAuth2} {
		if o != nil {
			secrets = append(secrets, o.ClientSecret, o.RefreshToken)
		}
	}
	if d := c.Relay.DKIM; d != nil {
		secrets = append(secrets, d.Key)
		if d.Also != nil {
			secrets = append(secrets, d.Also.Key)
		}
	}
	var files []string
	for _, s := range secrets {
		if name, is := strings.CutPrefix(string(s), "file:"); is && !slices.Contains(files, c.path(name)) {
			files = append(files, c.path(name))
		}
	}
	return files
}

// Secret is a reference to a secret: env:NAME or file:PATH.
type Secret string

// URL is a URL in a configuration.
type URL struct{ *url.URL }

// UnmarshalText parses an absolute URL with a host and without a password.
func (u *URL) UnmarshalText(text []byte) (err error) {
	if u.URL, err = url.Parse(string(text)); err != nil {
		return fmt.Errorf("%q is not a URL", text)
	}
	if u.Scheme == "" || u.Host == "" {
		return fmt.Errorf("%q is not a URL with a scheme and a host", text)
	}
	if _, inline := u.User.Password(); inline {
		return errors.New("a URL must not contain a password; set password = \"env:NAME\" or \"file:PATH\"")
	}
	return nil
}
