package ostree

import (
	"errors"
	"time"

	"github.com/nestos-dev/nestos/internal/fetch"
	"golang.org/x/sys/unix"
)

// Cookie is an HTTP cookie that is sent to a remote. Its fields are those of a line in Netscape's format:
//
//	Domain       a host
//	Subdomains   whether hosts below it get the cookie
//	Path         beginning of the paths that get it
//	Secure       only over TLS
//	Expires      seconds since 1970, 0 for never
//	Name, Value  what is sent
//	HTTPOnly     hidden from scripts of pages, of no effect here
//	Listing()    a method: the text by which "ostree remote list-cookies" shows it
type Cookie = fetch.Cookie

// ErrCookieNotFound is the error of [Repo.DeleteCookie] for a cookie that does not exist.
var ErrCookieNotFound = errors.New("Cookie not found in jar")

// maxCookieJar bounds a cookie file, in bytes.
const maxCookieJar = 16 << 20

// cookieMode is the mode of a cookie file. Cookies let whoever has them act for the user, so that nobody else may read
// them; libostree, which makes the file with 0644, reads it as the same user.
const cookieMode = 0o600

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
// with a dot to mean all hosts below it; path is the beginning of the paths that get the cookie. Only the owner of
// the file can read it.
func (r *Repo) AddCookie(remote, domain, path, name, value string) error {
	r.configMu.Lock()
	defer r.configMu.Unlock()
	b, err := r.readCookieJar(remote)
	if err != nil {
		return err
	}
	if b, err = fetch.AppendCookie(b, fetch.NewCookie(domain, path, name, value, time.Now())); err != nil {
		return err
	}
	return r.replaceFile(cookieJar(remote), b, cookieMode, r.Config().Fsync)
}

// DeleteCookie removes a cookie; [ErrCookieNotFound] if there is none of that domain, path and name.
func (r *Repo) DeleteCookie(remote, domain, path, name string) error {
	r.configMu.Lock()
	defer r.configMu.Unlock()
	b, err := r.readCookieJar(remote)
	if err != nil {
		return err
	}
	rest, found := fetch.DeleteCookie(b, domain, path, name)
	if !found {
		return ErrCookieNotFound
	}
	return r.replaceFile(cookieJar(remote), rest, cookieMode, r.Config().Fsync)
}
