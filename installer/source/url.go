package source

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// SignatureURL is where the signature of an image is: ".sig" is appended to the path of its
// URL, of which a query is kept.
func SignatureURL(image string) (string, error) {
	u, err := url.Parse(image)
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return "", fmt.Errorf("parsing image URL: %w", err)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	escaped := u.EscapedPath() + ".sig"
	u.Path, u.RawPath = u.Path+".sig", escaped
	return u.String(), nil
}

// fileName is the last segment of a path, as it is encoded. Segments that name no file of a
// directory give none.
func fileName(u *url.URL) string {
	path := u.EscapedPath()
	name := path[strings.LastIndexByte(path, '/')+1:]
	if plain, err := url.PathUnescape(name); err != nil || plain == "." || plain == ".." {
		return ""
	}
	return name
}
