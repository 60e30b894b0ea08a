package provision

import (
	"context"
	"errors"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// advice pairs a part of an error's text with what to do about it. Where the
// error has a type it is in nextStep; these are causes that only have a text.
var advice = []struct{ part, next string }{
	{"adding luks related files", "a key of the device is in the root already: remove it there, or provision a fresh root"},
	{"hash verification failed", "the bytes are not those that the config expects: correct verification.hash, or what the URL serves"},
	{"A file exists there already", "set overwrite to true, or remove the entry"},
	{"exists there already and overwrite is false", "set overwrite to true, or remove the entry"},
	{"already exists and overwrite is false", "set overwrite to true, or remove the entry"},
	{"another entry with path", "remove one of the two entries: both are the same file"},
	{"filesystem is not of the correct type", "set wipeFilesystem to true to lose what is on the device, or correct format, label and uuid"},
	{"a volume wipe was not requested", "set wipeVolume to true to lose what is on the device"},
	{"wipePartitionEntry is false", "set wipePartitionEntry to true to lose the partition, or remove shouldExist"},
	{"didn't match", "correct the entry, or set wipePartitionEntry (loses the data) or resize to true"},
	{"refusing to", "the device is in use: check the device, and what mounted or opened it"},
	{"non-directory component", "a symbolic link or file is in the way of the mount point: choose another path"},
	{"job result", "the device did not appear: check its path"},
	{"device unit", "the device did not appear: check its path"},
	{"no such user", "add the user to passwd.users, or use a number"},
	{"no such group", "add the group to passwd.groups, or use a number"},
	{"executable file not found", "the program is missing from the initramfs: add it to the image"},
	{"no space left on device", "the file system is full: make it larger, or write less"},
	{"read-only file system", "the root is mounted read-only: remount it before the stage"},
	{"cached config", "run the stage fetch again: the config cache is missing or damaged"},
	{"certificate", "check the server's certificate, the clock, and ignition.security.tls"},
}

// nextStep says what the author of the config, or the operator, can do.
func (f *Failure) nextStep() string {
	switch err := f.Err; {
	case errors.Is(err, config.ErrInvalid):
		return "correct the config; ignition-validate shows the same findings before a boot"
	case errors.Is(err, config.ErrUnknownVersion), errors.Is(err, config.ErrInvalidVersion):
		return "set ignition.version to one that this program knows: " + strings.Join(versionNames(), ", ")
	case errors.Is(err, config.ErrEmpty):
		return "a fragment of the distribution is empty: remove it, or write a config without entries"
	case errors.Is(err, resource.ErrNotFound):
		return "check the URL: the server has nothing there"
	case errors.Is(err, resource.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return "check that the server can be reached from this machine, or raise ignition.timeouts.httpTotal"
	case errors.Is(err, resource.ErrFailed):
		return "check the URL and the request headers: the server refused"
	case errors.Is(err, resource.ErrNeedsNetwork):
		return "the config needs the network"
	}
	text := f.Err.Error()
	for _, a := range advice {
		if strings.Contains(text, a.part) {
			return a.next
		}
	}
	if _, ok := errors.AsType[*oplog.CmdError](f.Err); ok {
		return "see the program's own message above; the whole log: journalctl -t ignition"
	}
	return "see the whole log: journalctl -t ignition"
}

func versionNames() []string {
	var names []string
	for _, v := range config.Versions() {
		names = append(names, string(v))
	}
	return names
}
