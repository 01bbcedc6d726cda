/*
 * An item as an ArcSight CEF event in an RFC 5424 message.
 *
 *   <132>1 TIME TENANT m2s - ttp-url - CEF:0|Mimecast|...|SEVERITY|key=value...
 *
 * The message has no line feed in it.  In the header of the event \ and | are
 * escaped, in its extension \ and =, in both CR and LF, as \r and \n; so every
 * value can be read back exactly.
 *
 * Source: ArcSight Common Event Format, version 25 (read 2026-11-24), which
 * has no escapes for line breaks in the header; RFC 5424, 6.
 */
#ifndef CEF_H
#define CEF_H

struct buf;
struct item;

/*
 * Append it, without a line break at its end.  What is NULL is left out, and
 * so is a source that is no IP address.
 */
void cef_put(struct buf *out, const struct item *i);

#endif
