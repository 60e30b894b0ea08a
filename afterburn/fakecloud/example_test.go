package fakecloud_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// instanceID is the code under test in these examples: it knows the cloud's
// address and takes a client.
func instanceID(client *http.Client) (string, error) {
	const base = "http://169.254.169.254/latest/"
	req, err := http.NewRequest(http.MethodPut, base+"api/token", nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("X-aws-ec2-metadata-token-ttl-seconds", "60")
	token, err := text(client.Do(req))
	if err != nil {
		return "", err
	}
	if req, err = http.NewRequest(http.MethodGet, base+"meta-data/instance-id", nil); err != nil {
		return "", err
	}
	req.Header.Set("X-aws-ec2-metadata-token", token)
	return text(client.Do(req))
}

func text(resp *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %s", resp.Status)
	}
	return string(body), err
}

func Example() {
	c, _ := fakecloud.Example("aws")
	s := fakecloud.Start(c)
	defer s.Close()

	id, err := instanceID(s.Client())
	fmt.Println(id, err)
	for _, r := range s.Requests() {
		fmt.Println(r, r.Status)
	}
	// Output:
	// i-0abc <nil>
	// PUT http://169.254.169.254/latest/api/token 200
	// GET http://169.254.169.254/latest/meta-data/instance-id 200
}

// A service of one's own: documents, no rules.
func ExampleCloud_Set() {
	var c fakecloud.Cloud
	c.Set("/config.json", `{"role":"worker"}`)
	s := fakecloud.Start(&c)
	defer s.Close()

	fmt.Println(text(s.Client().Get("http://192.0.2.9/config.json")))
	c.Delete("/config.json")
	fmt.Println(text(s.Client().Get("http://192.0.2.9/config.json")))
	// Output:
	// {"role":"worker"} <nil>
	// 404 not found
	//  status 404 Not Found
}

// A cloud that is not ready yet.
func ExampleCloud_Fail() {
	c, _ := fakecloud.Example("vultr")
	c.Fail("/v1/instanceid", 2, http.StatusServiceUnavailable)
	s := fakecloud.Start(c)
	defer s.Close()

	for range 3 {
		resp, err := s.Client().Get("http://169.254.169.254/v1/instanceid")
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		fmt.Println(resp.Status)
	}
	// Output:
	// 503 Service Unavailable
	// 503 Service Unavailable
	// 200 OK
}

// A document whose transfer breaks off.
func ExampleCloud_Inject() {
	c, _ := fakecloud.Example("hetzner")
	c.Inject("GET /hetzner/*", 1, fakecloud.CutBody())
	s := fakecloud.Start(c)
	defer s.Close()

	const url = "http://169.254.169.254/hetzner/v1/metadata/hostname"
	fmt.Println(text(s.Client().Get(url)))
	fmt.Println(text(s.Client().Get(url)))
	// Output:
	// he unexpected EOF
	// het1 <nil>
}

// How a client deals with a service that knows no tokens.
func ExampleCloud_SetTokenMode() {
	c, _ := fakecloud.Example("aws")
	c.SetTokenMode(fakecloud.TokensNotAllowed)
	s := fakecloud.Start(c)
	defer s.Close()

	_, err := instanceID(s.Client())
	fmt.Println(err)
	// Output: status 405 Method Not Allowed
}

// Requests as text, to be compared with a stored file.
func ExampleTranscript() {
	c, _ := fakecloud.Example("scaleway")
	s := fakecloud.Start(c)
	defer s.Close()

	req, err := http.NewRequest(http.MethodPatch, "http://169.254.42.42/state", strings.NewReader(`{"state_detail":"booted"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	_, err = text(s.Client().Do(req))
	fmt.Println(err)
	fmt.Print(fakecloud.Transcript(s.Requests()))
	// Output:
	// <nil>
	// PATCH http://169.254.42.42/state
	//     Content-Type: application/json
	//     | {"state_detail":"booted"}
}

// What a provisioning agent should write for an instance.
func ExampleExpected() {
	e, _ := fakecloud.Expected("vultr")
	fmt.Print(e.AttributesFile())
	fmt.Print(e.HostnameFile())
	// Output:
	// AFTERBURN_VULTR_HOSTNAME=vu1
	// AFTERBURN_VULTR_INSTANCE_ID=123
	// AFTERBURN_VULTR_REGION_CODE=EWR
	// vu1
}
