//! Compares a document with the official description it was taken from.
