package s3

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ErrARN reports an ARN that is none of an S3 object.
var ErrARN = errors.New("invalid S3 ARN format")

// object is where an object is, as far as its URL tells.
type object struct {
	bucket  string // name, or the ARN of the access point
	key     string
	version string
	region  string // of access points
	hint    string // a region of the same partition

	account, accessPoint string
}

// hints are where the region of a bucket is asked for, by partition.
var hints = map[string]string{
	"aws":        "us-east-1",
	"aws-cn":     "cn-north-1",
	"aws-us-gov": "us-gov-west-1",
}

const defaultHint = "us-east-1"

// parseURL reads an s3 or arn URL.
func parseURL(u *url.URL) (o object, err error) {
	switch u.Scheme {
	case "s3":
		o = object{bucket: u.Host, key: strings.TrimLeft(u.Path, "/")}
	case "arn":
		o, err = parseARN(u.Scheme + ":" + u.Opaque)
	default:
		err = fmt.Errorf("scheme %q is not of S3", u.Scheme)
	}
	if err != nil {
		return object{}, err
	}
	if versions := u.Query()["versionId"]; len(versions) > 0 {
		o.version = versions[0]
	}
	return o, nil
}

// parseARN reads arn:<partition>:s3:<region>:<account>:<resource>.
func parseARN(arn string) (object, error) {
	part := strings.SplitN(arn, ":", 6)
	if len(part) < 6 || part[0] != "arn" || part[2] != "s3" {
		return object{}, ErrARN
	}
	o := object{hint: hints[part[1]]}
	if rest, ok := strings.CutPrefix(part[5], "accesspoint/"); ok {
		name, key, ok := strings.Cut(rest, "/object/")
		if !ok || strings.Contains(name, "/") {
			return object{}, ErrARN
		}
		o.bucket = strings.TrimSuffix(arn, "/object/"+key)
		o.key, o.region, o.account, o.accessPoint = key, part[3], part[4], name
		return o, nil
	}
	bucket, key, ok := strings.Cut(part[5], "/")
	if !ok {
		return object{}, ErrARN
	}
	o.bucket, o.key = bucket[strings.LastIndexByte(bucket, ':')+1:], key
	return o, nil
}

// isLabel says whether s can be one component of a host name of S3. What goes into a
// host name decides who gets the request, and regions come from answers.
func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// domain returns the domain of a region's partition.
func domain(region string) (string, error) {
	switch {
	case !isLabel(region):
		return "", fmt.Errorf("invalid region %.80q", region)
	case strings.HasPrefix(region, "cn-"):
		return "amazonaws.com.cn", nil
	case strings.HasPrefix(region, "eusc-"):
		return "amazonaws.eu", nil
	case strings.HasPrefix(region, "us-iso"), strings.HasPrefix(region, "eu-iso"):
		return "", fmt.Errorf("region %s: dual-stack endpoints are not supported", region)
	}
	return "amazonaws.com", nil
}

// headURL is where the region of a bucket is asked for.
func headURL(bucket, hint string) (*url.URL, error) {
	domain, err := domain(hint)
	if err != nil {
		return nil, err
	}
	if isBucketHost(bucket) {
		return place(bucket+".s3."+hint+"."+domain, ""), nil
	}
	return place("s3."+hint+"."+domain, bucket), nil
}

// isBucketHost says whether a bucket is named in the host instead of the path. The
// wildcard of the certificates covers no dots.
func isBucketHost(bucket string) bool { return isLabel(bucket) && len(bucket) >= 3 }

// objectURL is the object in its region.
func (o *object) objectURL(region string) (*url.URL, error) {
	domain, err := domain(region)
	if err != nil {
		return nil, err
	}
	var u *url.URL
	host := "dualstack." + region + "." + domain
	switch {
	case o.accessPoint != "":
		name := o.accessPoint + "-" + o.account
		if !isLabel(o.accessPoint) || !isLabel(o.account) || !isLabel(name) {
			return nil, fmt.Errorf("invalid access point %.200q", o.bucket)
		}
		u = place(name+".s3-accesspoint."+host, o.key)
	case isBucketHost(o.bucket):
		u = place(o.bucket+".s3."+host, o.key)
	default:
		u = place("s3."+host, o.bucket+"/"+o.key)
	}
	query := url.Values{"x-id": {"GetObject"}}
	if o.version != "" {
		query.Set("versionId", o.version)
	}
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // as signatures want it
	return u, nil
}

// place makes a URL whose path is escaped as signatures want it.
func place(host, path string) *url.URL {
	return &url.URL{Scheme: "https", Host: host, Path: "/" + path, RawPath: "/" + escape(path)}
}

const hexDigits = "0123456789ABCDEF"

// escape escapes all but unreserved characters and slashes.
func escape(path string) string {
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '.', c == '_', c == '~', c == '/':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}
