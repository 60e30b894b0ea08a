package afterburn

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/afterburn/internal/outfile"
)

// MaxHostname is the longest name in bytes that Linux lets a machine have.
const MaxHostname = 64

// ShortHostname returns a name that Linux accepts: one of more than 64 bytes is cut, and then loses what follows the
// first dot, so that no half domain is left over. Shorter ones keep their domain.
func ShortHostname(name string) string {
	if len(name) <= MaxHostname {
		return name
	}
	end := MaxHostname
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	short, _, _ := strings.Cut(name[:end], ".")
	return short
}

// hostnameBlanks is what may be around a name.
const hostnameBlanks = " \t\r\n"

// hostname returns the name to be set. White space around it is no part of a name; other control characters are in
// none.
func hostname(name string, log *slog.Logger) (string, error) {
	name = strings.Trim(name, hostnameBlanks)
	if strings.ContainsFunc(name, unicode.IsControl) {
		return "", fmt.Errorf("hostname %.100q has control characters", name)
	}
	if len(name) > MaxHostname {
		log.Info(fmt.Sprintf("received hostname %q longer than %d characters; truncating", name, MaxHostname))
	}
	return ShortHostname(name), nil
}

func writeHostname(path, name string, log *slog.Logger) error {
	name, err := hostname(name, log)
	if err != nil {
		return err
	}
	if err := outfile.Write(path, []byte(name+"\n"), umasked(0o666)); err != nil {
		return err
	}
	log.Info(fmt.Sprintf("wrote hostname %s to %s", name, path))
	return nil
}
