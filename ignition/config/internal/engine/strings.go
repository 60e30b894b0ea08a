package engine

import (
	"net/url"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/ignition/internal/dataurl"
)

// The functions of this file check one string each and return what is wrong, or
// nothing.

const (
	badURL    = "unable to parse url"
	badScheme = "invalid url scheme"
	badARN    = "invalid S3 ARN format"
)

// urlScheme is the scheme of a URL in small letters.
func urlScheme(s string) (scheme string, ok bool) {
	u, err := url.Parse(s)
	if err != nil {
		return "", false
	}
	return u.Scheme, true
}

// checkURL checks the address of a resource.
func (c *checker) checkURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return badURL
	}
	switch u.Scheme {
	case "http", "https", "tftp":
		return ""
	case "gs":
		if c.version >= V3_2 {
			return ""
		}
	case "s3":
		return checkVersionID(u)
	case "arn":
		if c.version >= V3_4 {
			if !isS3ARN(u.Scheme + ":" + u.Opaque) {
				return badARN
			}
			return checkVersionID(u)
		}
	case "data":
		if err := dataurl.Check(s); err != nil {
			return err.Error()
		}
		return ""
	}
	return badScheme
}

// checkVersionID rejects an S3 object whose version is given as nothing.
func checkVersionID(u *url.URL) string {
	if ids, ok := u.Query()["versionId"]; ok && ids[0] == "" {
		return "invalid S3 object VersionId"
	}
	return ""
}

// isS3ARN reports whether s names an object in a bucket or behind an access
// point: arn:partition:s3:region:account:resource.
func isS3ARN(s string) bool {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[2] != "s3" {
		return false
	}
	slashes := 1
	if strings.HasPrefix(parts[5], "accesspoint/") {
		slashes = 2
	}
	return strings.Count(s, "/") >= slashes
}

// checkHash checks a hash specifier; its digits are not looked at before they are
// compared with a sum.
func checkHash(s string, sha256 bool) string {
	function, sum, ok := strings.Cut(s, "-")
	if !ok {
		return "malformed hash specifier"
	}
	digits := 0
	switch {
	case function == "sha512":
		digits = 128
	case function == "sha256" && sha256:
		digits = 64
	default:
		return "unrecognized hash function"
	}
	if len(sum) != digits {
		return "incorrect size for hash sum"
	}
	return ""
}

// checkPath checks a path that must be absolute and in its shortest form.
func checkPath(p string) string {
	switch {
	case p == "":
		return "path not specified"
	case p[0] != '/':
		return "path not absolute"
	case path.Clean(p) != p:
		return "path is not fully simplified"
	}
	return ""
}

// isGUID reports whether s is 8-4-4-4-12 hexadecimal digits.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return true
}
