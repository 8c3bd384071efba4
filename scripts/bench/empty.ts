/**
 * A program that does nothing: the floor of start-up time and memory.
 *
 * @module
 */

export {};
