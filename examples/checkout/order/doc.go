// Package order declares the checkout of an order and implements its workflow: stock is reserved, large
// orders wait for an approval, the card is charged, the parcel is shipped; and what was done is undone when
// a later step fails for good.
//
// Declarations (declare.go) hold no code, so clients import them without linking activities. The
// activities are in package shop.
package order
