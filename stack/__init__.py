"""What `./crm` runs: embedded stores, the processes of the services, their tests, logs and demo data."""
