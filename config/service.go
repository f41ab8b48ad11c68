package config

import _ "embed" // the unit

// Service is the systemd unit that `init --system` installs.
//
//go:embed infolettre.service
var Service string
