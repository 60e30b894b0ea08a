// Package gnudate reads dates the way GNU's "date -d" does, for options that
// have always accepted that: "2020-01-02 03:04:05 +0200", "yesterday",
// "3 days ago", "@1577934245".
//
//	t, err := gnudate.Parse("2 weeks ago", time.Now(), time.Local)
//
// # The grammar
//
// A date is @SECONDS, or any number of the following items in any order, each
// kind once at most unless said otherwise. Letters may be of either case, white space and
// comments in parentheses are ignored between items.
//
//	calendar date   2020-01-02   01/02/2020   2020/1/2   2 Jan 2020   Jan 2, 2020   02-Jan-2020   20200102
//	time of day     15:04   15:04:05.25   3pm   3:04 p.m.   15:04+0200   1504
//	both            2020-01-02T03:04:05Z
//	zone            UTC   EST   Z (and other military letters)   UTC+3   the zone's own abbreviations
//	day of week     monday   Tue,   last friday   3 wed   third sunday
//	relative        5 days ago   -3 hours   next year   fortnight   yesterday   now   (any number of these)
//	TZ="ZONE"       at the very beginning: the zone of everything else
//
// Numbers alone are a year, a time or a YYYYMMDD date, depending on their
// length and on what precedes them. Years of two digits lie in 1969…2068.
//
// # What is meant
//
// What is not given comes from now: a date alone means its midnight, a time
// alone today, relative items alone the present moment plus or minus that.
// A day of the week moves the date forward to that day unless it is that day
// already; an ordinal before it adds weeks. Years, months and days are added in the calendar of the zone
// (January 31st plus a month is March 2nd or 3rd), then the zone is applied, then hours, minutes and
// seconds are added. The empty string means today's midnight.
//
// Like the original, Parse refuses times that do not exist (February 30th, an
// hour skipped for daylight saving) if they are written, but not
// if they come from relative items. Surprises of the original are kept too: in "10:00 +1 day" the
// +1 is the zone of the time.
package gnudate
