package gnudate_test

// table has texts that tell something about the grammar. The first ones depend
// on the zone.
var table = []string{
	"", " ", "(comment)", "2020-01-02", "20200102", "01/02/2020", "2 Jan 2020", "Jan 2, 2020 3:04pm", "2020-01-02T03:04:05Z",
	"2020-01-02T03:04:05+02:00", "2020-01-02 03:04:05 UTC", "2020-01-02 EST", "Thu, 02 Jan 2020 03:04:05 +0200",
	"Thu Jan  2 03:04:05 UTC 2020", `TZ="UTC" 2020-01-02`, "12:30", "now", "today", "yesterday", "tomorrow", "5 days ago",
	"-3 hours", "1 week", "fortnight ago", "third day", "next year", "2020-01-02 +1 day", "monday", "last monday", "next monday",
	"2 monday", "sun", "mon", "tue", "wed", "thu", "fri", "sat", "this sat", "2020-07-01 12:00 next fri", "10:00 +1 day", "10:00 yesterday",
	"2020-02-29 next year", "2020-01-31 next month", "2020-03-31 last month", "2020-01-02 T10", "2020-07-01T10+02", "10:00 A", "10:00 T", "10:00 N", "6 months ago", "3 months",
	"2020-07-01 6 months", "1 year ago tomorrow", "2020-07-01 10:00 EDT", "12/31", "Jan 1 00:00", "31-DEC-1999", "DEC-31-1999", "1999-12-31 23:59:59.999999999", "2020-06-30 24 hours",

	"@5", "@1.5", "@-1.5", "@-1", "@ 5", "@5 ", "@5 x", "@", "@1.9999999999", "@-1.9999999999", "@-1.0000000001", "@9223372036854775807", "@67768036191676799", "@67768036191676800", "@99999999999999999999",
	"noon", "midnight", "bogus", "2020-13-01", "2020-00-01", "2020-01-00", "2020-02-30", "2019-02-29", "2020-01-02T10", "2020-01-02 T",
	"2 Jan 10:00", "Jan 2 10:00", "Jan", "Jan 2020", "2 Jan +1 day", "2 Jan -1 day", "17-JUN-1992", "JUN-17-1992", "JUN 17 -1 day", "Jan -2 -2020", "Jan +2 +2020", "2020 -1 -2", "2020 +1 +2",
	"10:00 DST", "10:00 EST DST", "10:00 BST DST", "10:00 z dst", "10:00 T dst", "10:00 J", "10:00 T +1 hour", "10:00 T +1", "10:00 EST +1", "10:00 EST +1 hour", "10:00 EST -1:30", "10:00 EDT +1", "10:00 EDT +1 hour",
	"99999-01-02", "2147485547-12-31", "2147485548-01-01", "2147485547-12-31 1 day", "0000-01-01", "0001-01-01", "00-01-01", "68-01-01", "69-01-01", "99-01-01", "100-01-01", "9-01-01", "1/2/3", "1/2/03", "2020/1/2", "999/1/2", "12/31/69", "1-2-3", "2 Jan 69", "2 Jan 070",
	"10am", "0am", "12am", "12pm", "13pm", "10 p.m.", "10 pm.", "10:30pm", "10:30:15.5 PM", "10:30:15.5pm +2", "10pm EST", "1:60", "24:00", "23:59:60", "10", "1030", "103", "2400", "1060", "10305", "100", "9", "10 2020-01-02", "2020-01-02 10", "2020-01-02 1030", "1030 2020-01-02", "Jan 2 2020", "Jan 2 20", "Jan 2 10:00 20", "Jan 2 10:00 2020", "Jan 2 2020 1030", "Jan 2 1030 2020", "1 day 2020", "Jan 2 1 day 2020",
	"10 +25:00", "10:00 +24", "10:00 +24:00", "10:00 +24:01", "10:00 +2401", "10:00 -0130", "10:00 +1:30", "10:00+99", "10:00+099", "10:00 -1:30", "10 -5", "10+0530", "10 +5:30", "10:00 -0", "10:00 +00:60", "10:00 - 5", "10:00 UTC+3", "10:00 UTC 3", "UTC", "UTC UTC", "UTC EST", "10:00 UTC +2 days", "20200102 +1 day", "20200102 1 day", "1030 +1 day", "10 +1 day ago", "+1 day ago", "20200102T0304", "20200102T030405", "20200102 10:00", "T", "2020-01-02 10:00 T",
	"mon.", "tues", "tues.", "thur", "thurs", "wednes", "monda", "sept 3", "sept. 3", "sep. 3", "september 3", "augus 3", "mon,", "mon, tue", "mon mon", "mon 2020-01-01", "2020-01-01 mon", "3 mon", "-3 mon", "last mon 10:00", "first mon", "next mon yesterday", "second mon", "this mon", "twelfth mon", "0 mon", "99999999999 mon", "9223372036854775807 mon",
	"e.s.t.", "10 e.s.t.", "e.s.t", "u.t.c.", "g.m.t", "d.s.t.", "min.", "5 min. ago", "5 mins ago", "5 minutes hence", "secs", "seconds", "second", "1.5 sec", "1.5 sec ago", "-1.5 sec", "-1.5 sec ago", "1.5 min", "1,5 seconds", "1. sec", ".5 sec", "5 5", "5 days 3 hours ago", "5 days ago 3 hours ago", "ago", "hence", "day ago", "3 hence", "next", "last", "first day", "last day", "this day", "next days", "eleventh month", "thirteenth day",
	"+ 5 days", "- 5 days", "+-5 days", "--5 days", "- -5 days", "5- days", "5 - days", "2020- 01 -02", "2020-01- 02", "- 10:00", "+10:00", "1 day,", "2020-01-02,", "2020-01-02, 10:00", "Jan 2,", "Jan 2, 10:00", "Jan 2 , 2020", "2 Jan, 2020",
	"tomorrow ago", "today today", "yesterday tomorrow", "now now", "now 10:00", "10:00 10:00", "2020-01-01 2020-01-01", "yesterday 10:00 utc", "(a) 10:00 (b (c))", "(", "10:00 (", ")", "(a))",
	"9223372036854775807 seconds", "9223372036854775808 seconds", "9223372036854775807 days", "-9223372036854775808 days ago", "9223372036854775807 weeks", "2147483647 days", "2147483648 days", "2147483647 months", "9223372036854775807 years", "2147480000 years", "1000000000000 hours", "-9223372036854775808 sec", "1000000 years ago",
	"averyveryverylongwordthatgoeson", "10:00 é", "\v10:00\f", "\xff", "10:00:00:00", "10:", ":10", "10:00:", "1:2:3", "10::00", "10:5", "10:005", "010:00", "10: 05", "10 :05", "10:00:1.5", "10:00.5", "1.5:00",
	`TZ="UTC`, `TZ="UTC"`, `TZ="UTC" `, `TZ=UTC 10:00`, `10:00 TZ="UTC"`, `tz="UTC" 10:00`, ` TZ="UTC" 10:00`, `TZ="a\"b" 10:00`, `TZ="a\\b" 10:00`, `TZ="a\b" 10:00`, `TZ="" 10:00`, `TZ="UTC"10:00`, `TZ="EST5" 10:00`,
}

// zoneTable has local times that are skipped or occur twice, and zones that
// are not those of the process.
var zoneTable = []struct{ zone, text string }{
	{"Europe/Berlin", "2020-10-25 02:30"}, {"Europe/Berlin", "2020-10-25 02:30 CET"}, {"Europe/Berlin", "2020-10-25 02:30 CEST"},
	{"Europe/Berlin", "2020-10-25 02:30 CET DST"}, {"Europe/Berlin", "2020-10-25 02:30 CEST DST"},
	{"Europe/Berlin", "2020-03-29 02:30"}, {"Europe/Berlin", "2020-03-28 02:30 +1 day"}, {"Europe/Berlin", "2020-03-28 02:30 next day"},
	{"Europe/Berlin", "2020-03-29 02:30 UTC"}, {"Europe/Berlin", "2020-01-01 10:00 CEST"}, {"Europe/Berlin", "2020-07-01 10:00 CET"},
	{"Europe/Berlin", "2020-03-30 02:30 yesterday"}, {"Europe/Berlin", "2020-10-24 02:30 next day"}, {"Europe/Berlin", "2020-10-26 02:30 yesterday"},
	{"Europe/Berlin", "1900-01-01 10:00 CEST"}, {"Europe/Berlin", "2500-07-01 10:00 CET"}, {"Europe/Berlin", "2500-07-01 10:00"},
	{"Europe/Berlin", "CEST"}, {"Europe/Berlin", "CET"}, {"Europe/Berlin", "CET CEST"}, {"Europe/Berlin", "CET +1"}, {"Europe/Berlin", "EST"},
	{"Europe/Berlin", "2020-03-22 02:30 next sun"}, {"Europe/Berlin", "02:30 sun"}, {"Europe/Berlin", "1 mon CEST"},
	{"Australia/Sydney", "94 years ago"}, {"Europe/Berlin", "-6 months"}, {"Europe/Berlin", "-6 months CET"}, {"Europe/Berlin", "8 months"}, {"Europe/Berlin", "-20 years CEST"},
	{"Europe/Berlin", `TZ="America/New_York" 2020-01-02 10:00`}, {"Europe/Berlin", `TZ="America/New_York" 2020-11-01 01:30 next day`},
	{"Europe/Berlin", `TZ="EST5EDT,M3.2.0,M11.1.0" 2020-07-02 10:00`}, {"Europe/Berlin", `TZ="EST5EDT4" 2020-07-02 10:00`},
	{"Europe/Berlin", `TZ="<+03>-3" 2020-01-02`}, {"Europe/Berlin", `TZ="<+0330>-3:30:15" 2020-01-02`}, {"Europe/Berlin", `TZ="XYZ3" 2020-07-01`},
	{"Europe/Berlin", `TZ="CET-1CEST,M3.5.0,M10.5.0/3" 2020-10-25 02:30`}, {"Europe/Berlin", `TZ="AAA1BBB,J60/2,J300/2" 2020-06-01`},
	{"Europe/Berlin", `TZ="Foo/Bar" 2020-01-02`}, {"Europe/Berlin", `TZ="../etc" 2020-01-02`}, {"Europe/Berlin", `TZ=":Asia/Tokyo" 2020-01-02`},
	{"Europe/Berlin", `TZ="Local" 2020-01-02`}, {"Europe/Berlin", `TZ="EST" 2020-01-02`}, {"Europe/Berlin", `TZ="Asia/Tokyo" 10:00 JST`},
	{"America/New_York", "2020-11-01 01:30"}, {"America/New_York", "2020-11-01 01:30 EST"}, {"America/New_York", "2020-11-01 01:30 EDT"},
	{"America/New_York", "2020-03-08 02:30"}, {"America/New_York", "2020-03-08 02:30 EST"}, {"America/New_York", "2020-03-08 02:30 UTC"},
	{"America/New_York", "2020-03-07 02:30 next day"}, {"America/New_York", "2020-10-31 01:30 next day"}, {"America/New_York", "2020-11-02 01:30 yesterday"},
	{"Australia/Lord_Howe", "2020-04-05 01:45"}, {"Australia/Lord_Howe", "2020-10-03 02:15 next day"}, {"Australia/Lord_Howe", "2020-04-04 01:45 next day"},
	{"Pacific/Apia", "2011-12-30"}, {"Pacific/Apia", "2011-12-29 next day"}, {"Pacific/Apia", "2011-12-31 yesterday"}, {"Pacific/Apia", "2011-12-30 UTC"},
	{"Europe/Dublin", "2020-10-25 01:30"}, {"Europe/Dublin", "2020-07-01 IST"}, {"Europe/Dublin", "2020-07-01 GMT"}, {"Europe/Dublin", "2020-01-01 IST"},
	{"Africa/Casablanca", "2020-05-24 02:30"}, {"Asia/Kolkata", "10:00 IST"}, {"America/St_Johns", "2020-01-01 NST"}, {"America/St_Johns", "2020-07-01 NDT"},
	{"Europe/London", "2020-07-01 BST"}, {"Europe/London", "2020-01-01 BST"}, {"Europe/London", "2020-07-01 WEST"}, {"America/Caracas", "1912-02-12"},
	{"Europe/Moscow", "2014-10-26 01:30"}, {"Europe/Moscow", "2014-10-26 01:30 MSK"}, {"Antarctica/Troll", "2020-03-29 01:30"}, {"Antarctica/Troll", "2020-10-25 02:30"},
}
