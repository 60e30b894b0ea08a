package blackbox_test

import "strings"

// A knownFailure is a test of upstream's that is expected to fail.
type knownFailure struct {
	subject string // whose failure it is: ours, upstream, or "" for any
	test    string // name without the config version, which upstream appends as _3.0.0
	why     string
}

var knownFailures = []knownFailure{
	{"", "luks.formattedDevice.wipeVolume.tpm2", "the guest's software TPM fails its self test, so there is no /dev/tpmrm0 and clevis refuses"},
}

// reason says why a test is expected to fail, "" if it is not.
func reason(subject, name string) string {
	for _, k := range knownFailures {
		if base, _, _ := strings.Cut(name, "_3."); k.test == base && (k.subject == "" || k.subject == subject) {
			return k.why
		}
	}
	return ""
}
