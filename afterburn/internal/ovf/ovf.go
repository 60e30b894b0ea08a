// Package ovf reads the OVF environment that Azure puts on a virtual CD for a
// machine's first boot: what of it is not to be had elsewhere, which is the
// administrator's password.
//
//	<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1">
//	  <wa:ProvisioningSection xmlns:wa="http://schemas.microsoft.com/windowsazure">
//	    <LinuxProvisioningConfigurationSet>
//	      <AdminPassword>…</AdminPassword>
//
// Namespaces are ignored. Entities other than XML's own five are refused, so
// that no document expands to more than it is.
package ovf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// FileName is the name of the document on its medium.
	FileName = "ovf-env.xml"
	// MaxSize is more than any such document has, in bytes.
	MaxSize = 1 << 20
	// maxPassword is what crypt(3) takes, in bytes. A longer password could not
	// be logged in with.
	maxPassword = 511
)

type environment struct {
	Sections []struct {
		Sets []struct {
			Passwords []text `xml:"AdminPassword"`
			Lower     []text `xml:"adminPassword"`
		} `xml:"LinuxProvisioningConfigurationSet"`
	} `xml:"ProvisioningSection"`
}

type text struct {
	Value    string     `xml:",chardata"`
	Children []struct{} `xml:",any"`
}

// AdminPassword returns the password in an environment, without white space
// around it; it is empty if there is none. No error tells a part of it.
func AdminPassword(document []byte) (string, error) {
	var env environment
	if err := decode(document, &env); err != nil {
		return "", err
	}
	if err := single("ProvisioningSection", len(env.Sections)); err != nil {
		return "", err
	}
	sets := env.Sections[0].Sets
	if err := single("LinuxProvisioningConfigurationSet", len(sets)); err != nil {
		return "", err
	}
	passwords := append(sets[0].Passwords, sets[0].Lower...)
	if len(passwords) == 0 {
		return "", nil
	}
	if err := single("AdminPassword", len(passwords)); err != nil {
		return "", err
	}
	if len(passwords[0].Children) > 0 {
		return "", errors.New("elements inside of AdminPassword")
	}
	password := strings.Trim(passwords[0].Value, " \t\r\n")
	if len(password) > maxPassword {
		return "", fmt.Errorf("password of %d bytes, more than %d", len(password), maxPassword)
	}
	return password, nil
}

func single(name string, n int) error {
	switch n {
	case 0:
		return fmt.Errorf("missing field `%s`", name)
	case 1:
		return nil
	}
	return fmt.Errorf("duplicate field `%s`", name)
}

// decode reads a document that is nothing but one element. The decoder's own
// errors quote the document, and with it maybe the password, so they are not
// handed on.
func decode(document []byte, into any) error {
	d := xml.NewDecoder(bytes.NewReader(document))
	malformed := func() error {
		line, _ := d.InputPos()
		return fmt.Errorf("line %d: not well-formed XML", line)
	}
	for root := false; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && root {
			return nil
		}
		if err != nil {
			return malformed()
		}
		switch token := token.(type) {
		case xml.StartElement:
			if root {
				return malformed()
			}
			root = true
			if err := d.DecodeElement(into, &token); err != nil {
				return malformed()
			}
		case xml.CharData:
			if len(bytes.Trim(token, "\ufeff \t\r\n")) > 0 {
				return malformed()
			}
		}
	}
}
