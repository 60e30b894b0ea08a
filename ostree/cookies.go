package ostree

import (
	"errors"
	"time"

	"github.com/nestos-dev/nestos/internal/fetch"
	"golang.org/x/sys/unix"
)

// Cookie is an HTTP cookie that is sent to a remote. Its fields are those of a line in Netscape's format:
// Domain, Subdomains (whether hosts below it get the cookie), Path, Secure (only over TLS), Expires (seconds
// since 1970, 0 for never), Name, Value and HTTPOnly.
type Cookie = fetch.Cookie

// ErrCookieNotFound is the error of [Repo.DeleteCookie] for a cookie that does not exist.
var ErrCookieNotFound = errors.New("Cookie not found in jar")

// maxCookieJar bounds a cookie file, in bytes.
const maxCookieJar = 16 << 20

// cookieJar is the file with a remote's cookies, in the repository's directory.
func cookieJar(remote string) string { return remote + ".cookies.txt" }

func (r *Repo) readCookieJar(remote string) ([]byte, error) {
	if err := ValidateRemoteName(remote); err != nil {
		return nil, err
	}
	b, err := readFileAt(r.dirFD, cookieJar(remote), maxCookieJar)
	if isErrno(err, unix.ENOENT) {
		return nil, nil
	}
	return b, err
}

// Cookies lists the cookies that are sent to a remote, in the order of its file
// (REMOTE.cookies.txt in the repository, in Netscape's format).
func (r *Repo) Cookies(remote string) ([]Cookie, error) {
	b, err := r.readCookieJar(remote)
	return fetch.ParseCookies(b), err
}

// AddCookie makes requests to a remote carry a cookie for 25 years. domain is a host name, or begins
// with a dot to mean all hosts below it; path is the beginning of the paths that get the cookie.
func (r *Repo) AddCookie(remote, domain, path, name, value string) error {
	b, err := r.readCookieJar(remote)
	if err != nil {
		return err
	}
	if b, err = fetch.AppendCookie(b, fetch.NewCookie(domain, path, name, value, time.Now())); err != nil {
		return err
	}
	return r.replaceFile(cookieJar(remote), b, 0o644, r.config.Fsync)
}

// DeleteCookie removes a cookie; [ErrCookieNotFound] if there is none of that domain, path and name.
func (r *Repo) DeleteCookie(remote, domain, path, name string) error {
	b, err := r.readCookieJar(remote)
	if err != nil {
		return err
	}
	rest, found := fetch.DeleteCookie(b, domain, path, name)
	if !found {
		return ErrCookieNotFound
	}
	return r.replaceFile(cookieJar(remote), rest, 0o644, r.config.Fsync)
}
