// Package shop is the world outside of the checkout: a store with stock, a bank and a carrier, each in memory
// and each with its troubles. Its methods are the activities of package order.
package shop
