"""Brings up the real stack (PostgreSQL, Valkey and the app's processes) on one machine."""
