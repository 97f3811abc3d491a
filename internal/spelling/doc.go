// Package spelling finds what a misspelled name may have meant. The filter of workflows asks it for search attributes, and the
// command line for columns; it asks nobody.
package spelling
