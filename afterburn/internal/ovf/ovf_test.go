package ovf_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/afterburn/internal/ovf"
)

// document is an environment with something in the place of the password.
func document(password string) string {
	return `<?xml version="1.0" encoding="utf-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:wa="http://schemas.microsoft.com/windowsazure">
  <wa:ProvisioningSection><wa:Version>1.0</wa:Version>
    <LinuxProvisioningConfigurationSet xmlns="http://schemas.microsoft.com/windowsazure">
      <HostName>vm7</HostName><UserName>core</UserName>` + password + `
      <DisableSshPasswordAuthentication>false</DisableSshPasswordAuthentication>
    </LinuxProvisioningConfigurationSet>
  </wa:ProvisioningSection>
  <wa:PlatformSettingsSection><wa:Version>1.0</wa:Version></wa:PlatformSettingsSection>
</Environment>`
}

func TestAdminPassword(t *testing.T) {
	const upper, lower = "<AdminPassword>", "</AdminPassword>"
	for name, c := range map[string]struct{ in, want, err string }{
		"usual":            {document(upper + "Hello world!" + lower), "Hello world!", ""},
		"lower case":       {document("<adminPassword>x</adminPassword>"), "x", ""},
		"other namespace":  {document("<wa:AdminPassword>x</wa:AdminPassword>"), "x", ""},
		"blanks around":    {document(upper + " \n x y\t" + lower), "x y", ""},
		"escaped":          {document(upper + "a<![CDATA[<b>]]>&amp;&#99;" + lower), "a<b>&c", ""},
		"attribute":        {document(`<AdminPassword x="1">q</AdminPassword>`), "q", ""},
		"mark":             {"\ufeff" + document(upper+"x"+lower), "x", ""},
		"other root":       {"<x><ProvisioningSection><LinuxProvisioningConfigurationSet><AdminPassword>x</AdminPassword></LinuxProvisioningConfigurationSet></ProvisioningSection></x>", "x", ""},
		"none":             {document(""), "", ""},
		"empty":            {document("<AdminPassword/>"), "", ""},
		"blank":            {document(upper + "  \n" + lower), "", ""},
		"longest":          {document(upper + strings.Repeat("x", 511) + lower), strings.Repeat("x", 511), ""},
		"too long":         {document(upper + strings.Repeat("x", 512) + lower), "", "password of 512 bytes, more than 511"},
		"both":             {document(upper + "a" + lower + "<adminPassword>b</adminPassword>"), "", "duplicate field `AdminPassword`"},
		"twice":            {document(upper + "a" + lower + upper + "a" + lower), "", "duplicate field `AdminPassword`"},
		"elements":         {document(upper + "a<b>c</b>" + lower), "", "elements inside of AdminPassword"},
		"no set":           {"<Environment><ProvisioningSection/></Environment>", "", "missing field `LinuxProvisioningConfigurationSet`"},
		"no section":       {"<Environment/>", "", "missing field `ProvisioningSection`"},
		"nothing":          {"", "", "line 1: not well-formed XML"},
		"text":             {"hello", "", "line 1: not well-formed XML"},
		"text before":      {"hello " + document(""), "", "line 1: not well-formed XML"},
		"text after":       {document("") + "\nhello", "", "line 11: not well-formed XML"},
		"two roots":        {document("") + "<x/>", "", "line 10: not well-formed XML"},
		"cut":              {document("")[:400], "", "line 6: not well-formed XML"},
		"unknown entity":   {document(upper + "top&secret;" + lower), "", "line 5: not well-formed XML"},
		"own entity":       {`<!DOCTYPE x [<!ENTITY a "b">]>` + document(upper+"&a;"+lower), "", "line 5: not well-formed XML"},
		"other encoding":   {strings.Replace(document(""), "utf-8", "utf-16", 1), "", "line 1: not well-formed XML"},
		"wrong encoding":   {document(upper + "\xe9" + lower), "", "line 5: not well-formed XML"},
		"control":          {document(upper + "a&#0;b" + lower), "", "line 5: not well-formed XML"},
		"password as name": {document("<AdminPassword>a</secret>"), "", "line 5: not well-formed XML"},
	} {
		got, err := ovf.AdminPassword([]byte(c.in))
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != c.want || text != c.err {
			t.Errorf("%s: %q, %q; want %q, %q", name, got, text, c.want, c.err)
		}
	}
}

func TestBombs(t *testing.T) {
	for name, in := range map[string]string{
		"laughs": `<!DOCTYPE x [<!ENTITY a "` + strings.Repeat("ha", 1000) + `"><!ENTITY b "` + strings.Repeat("&a;", 1000) + `">]>` + document("<AdminPassword>&b;</AdminPassword>"),
		"deep":   strings.Repeat("<ProvisioningSection>", 50_000),
		"many":   "<x>" + strings.Repeat("<ProvisioningSection/>", 45_000) + "</x>",
	} {
		start := time.Now()
		if got, err := ovf.AdminPassword([]byte(in)); err == nil {
			t.Errorf("%s: %q", name, got)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func FuzzAdminPassword(f *testing.F) {
	for _, p := range []string{"", "<AdminPassword>x</AdminPassword>", "<adminPassword> <![CDATA[y]]> </adminPassword>", "<AdminPassword>&amp;&#120;</AdminPassword>"} {
		f.Add([]byte(document(p)))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := ovf.AdminPassword(in)
		if err != nil && got != "" {
			t.Error("both password and error")
		}
		if len(got) > 511 || len(got) > len(in) || got != strings.Trim(got, " \t\r\n") || strings.ContainsRune(got, 0) {
			t.Errorf("password %q", got)
		}
	})
}
