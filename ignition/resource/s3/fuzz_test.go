package s3

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// FuzzURL: whatever a config names, requests only ever go to hosts of Amazon.
func FuzzURL(f *testing.F) {
	for _, s := range []string{
		"s3://bucket/key?versionId=1", "s3://a.b/k", "arn:aws:s3:::bucket/a/b", "arn:aws-cn:s3:::b/k", "s3://%2f@h:80/x",
		"arn:aws:s3:us-west-2:123456789012:accesspoint/ap/object/k", "arn:aws:s3:evil.test/:1:accesspoint/ap/object/k",
	} {
		f.Add(s, "eu-west-1")
	}
	f.Fuzz(func(t *testing.T, raw, region string) {
		u, err := url.Parse(raw)
		if err != nil {
			return
		}
		o, err := parseURL(u)
		if err != nil {
			return
		}
		if o.region != "" {
			region = o.region
		}
		head, headErr := headURL(o.bucket, region)
		get, err := o.objectURL(region)
		if err != nil {
			return
		}
		if headErr != nil {
			t.Fatal("one is valid, the other is not")
		}
		for _, u := range []*url.URL{head, get} {
			again, err := url.Parse(u.String())
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(again.Host, ".amazonaws.com") && !strings.HasSuffix(again.Host, ".amazonaws.com.cn") && !strings.HasSuffix(again.Host, ".amazonaws.eu") {
				t.Fatalf("%q goes to %s", raw, again.Host)
			}
			if again.Path != u.Path || u.EscapedPath() != u.RawPath {
				t.Fatalf("path %q became %q", u.Path, again.Path)
			}
		}
	})
}

func FuzzContentRange(f *testing.F) {
	f.Add("bytes 0-99/1234")
	f.Add("bytes */0")
	f.Add("bytes 5-4/9")
	f.Add("bytes +1-2/3")
	f.Fuzz(func(t *testing.T, s string) {
		start, end, total, err := parseRange(s)
		if err == nil && (start < 0 || start > end || end >= total) {
			t.Fatalf("%q: %d-%d/%d", s, start, end, total)
		}
	})
}

func FuzzProblem(f *testing.F) {
	f.Add(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>`)
	f.Add(`<Error><Code>InvalidRange</Code><ActualObjectSize>0</ActualObjectSize></Error>`)
	f.Add(`<Error><!DOCTYPE x [<!ENTITY a "b">]>&a;`)
	f.Fuzz(func(t *testing.T, s string) {
		doc, err := parseProblem(strings.NewReader(s))
		if err != nil {
			return
		}
		data, err := xml.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseProblem(strings.NewReader(string(data)))
		if err != nil || again.Code != doc.Code || again.Message != doc.Message {
			t.Fatalf("%q became %q: %v", doc, again, err)
		}
		shown := (&Error{Status: 400, Code: limit(doc.Code, 64), Message: limit(doc.Message, 300)}).Error()
		if len(shown) > 4000 || strings.Contains(shown, "\n") {
			t.Fatalf("error %q", shown)
		}
	})
}

func FuzzCredentials(f *testing.F) {
	f.Add([]byte(`{"Code":"Success","AccessKeyId":"id","SecretAccessKey":"s","Token":"t","Expiration":"2030-01-02T03:04:05Z"}`))
	f.Add([]byte(`{"Code":"Failed","Message":"no"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, expires, err := parseCredentials(data)
		if err == nil && (c.AccessKeyID == "" || c.SecretAccessKey == "" || expires.IsZero() && len(data) < 10) {
			t.Fatal("incomplete credentials")
		}
	})
}

func TestEmptyObject(t *testing.T) {
	answer := func(header, body string) *http.Response {
		h := http.Header{}
		if header != "" {
			h.Set("Content-Range", header)
		}
		return &http.Response{StatusCode: 416, Header: h, Body: readCloser{strings.NewReader(body)}}
	}
	const doc = "<Error><Code>InvalidRange</Code><ActualObjectSize>%d</ActualObjectSize></Error>"
	for i, c := range []struct {
		resp *http.Response
		want bool
	}{
		{answer("bytes */0", ""), true},
		{answer("", fmt.Sprintf(doc, 0)), true},
		{answer("bytes */7", ""), false},
		{answer("", fmt.Sprintf(doc, 7)), false},
		{answer("", "<html>"), false},
		{&http.Response{StatusCode: 404, Header: http.Header{"Content-Range": {"bytes */0"}}}, false},
	} {
		if isEmptyObject(c.resp) != c.want {
			t.Errorf("case %d", i)
		}
	}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
